"""Small training states of every kind that is trained as one, each beside its twin that is trained alone."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from disentcli.latents.continuous import GaussianLatent
from disentcli.latents.discrete import QuantizedLatent
from disentcli.methods.freezing import freeze
from disentcli.methods.loss_schedules import LinearSchedule
from disentcli.methods.method import Method
from disentcli.methods.qlae import QLAE
from disentcli.methods.tcvae import BetaTCVAE
from disentcli.methods.vae import VAE, AnnealedVAE
from disentcli.methods.wae import SlicedWAE
from disentcli.nets.dislib import DislibDecoder, DislibEncoder
from disentcli.nets.encoder_decoder import Encoder
from disentcli.training.optim import GradientClipping, MakeOptimizer, adam, adamw, cosine, sgd
from disentcli.training.state import TrainingState

from .. import tiny_world as tiny

BUDGET = 60
Make = Callable[[float], Method]


class NormedEncoder(Encoder):
    """A conv with batch norm, and one with group norm, before the head."""

    def __init__(self, feature_dim: int) -> None:
        super().__init__(tiny.SHAPE, feature_dim)
        norms = (nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 1), nn.GroupNorm(2, 4))
        self.layers = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1, bias=False), *norms, nn.Flatten())
        self.head = nn.Linear(64, feature_dim)

    def forward(self, batch: Tensor) -> Tensor:
        return self.head(self.layers(batch))


def vae(reg_wt: float) -> Method:
    encoder = tiny.FlatEncoder(2 * tiny.LATENT)
    return VAE(GaussianLatent(tiny.LATENT), encoder, tiny.FlatDecoder(), reg_wt=reg_wt)


def rising_tcvae(reg_wt: float) -> Method:
    parts = GaussianLatent(tiny.LATENT), tiny.FlatEncoder(2 * tiny.LATENT), tiny.FlatDecoder()
    return BetaTCVAE(*parts, reg_wt=reg_wt, weighting=LinearSchedule(steps=30))


def annealed(reg_wt: float) -> Method:
    parts = GaussianLatent(tiny.LATENT), tiny.FlatEncoder(2 * tiny.LATENT), tiny.FlatDecoder()
    return AnnealedVAE(*parts, reg_wt=reg_wt, capacity=5.0, capacity_steps=40)


def normed(reg_wt: float) -> Method:
    return VAE(GaussianLatent(tiny.LATENT), NormedEncoder(2 * tiny.LATENT), tiny.FlatDecoder(), reg_wt=reg_wt)


def frozen(reg_wt: float) -> Method:
    model = normed(reg_wt)
    freeze(model, ["encoder"], BUDGET)
    return model


def quantized(reg_wt: float) -> Method:
    return QLAE(QuantizedLatent(tiny.LATENT), tiny.FlatEncoder(tiny.LATENT), tiny.FlatDecoder())


def sliced(reg_wt: float) -> Method:
    parts = GaussianLatent(tiny.LATENT), tiny.FlatEncoder(2 * tiny.LATENT), tiny.FlatDecoder()
    return SlicedWAE(*parts, reg_wt=reg_wt, slices=5)


def dislib(reg_wt: float) -> Method:
    shape = (3, 16, 16)
    latent = GaussianLatent(tiny.LATENT)
    encoder = DislibEncoder(shape, latent.feature_dim)
    return VAE(latent, encoder, DislibDecoder(tiny.LATENT, shape), reg_wt=reg_wt)


KINDS: dict[str, tuple[Make, MakeOptimizer, GradientClipping]] = {
    "vae": (vae, adam(lr=1e-2), GradientClipping()),
    "frozen": (frozen, adamw(lr=1e-2, weight_decay=0.1), GradientClipping(norm=1.0)),
    "rising-tcvae": (rising_tcvae, adam(lr=1e-2, weight_decay=1e-3), GradientClipping(norm=1.0)),
    "annealed": (annealed, sgd(lr=1e-3), GradientClipping(value=0.2)),
    "batch-and-group-norm": (normed, adam(lr=1e-2, amsgrad=True), GradientClipping(norm=5.0, value=1.0)),
    "quantized": (quantized, adamw(lr=1e-2, weight_decay=0.1), GradientClipping(value=0.01)),
    "sliced-wae": (sliced, adam(lr=1e-2), GradientClipping()),
    "dislib": (dislib, adam(lr=1e-3), GradientClipping()),
}


def state(kind: str, seed: int, reg_wt: float = 2.0) -> TrainingState:
    """The beginning of a run, with a schedule of its learning rate."""
    make, optimizer, clip = KINDS[kind]
    torch.manual_seed(seed)
    model = make(reg_wt).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    model.train()
    return TrainingState(model, optimizer, cosine(every=10), budget=BUDGET, seed=seed, clip=clip)


def states(kind: str, runs: int = 2) -> list[TrainingState]:
    """Runs that differ in seed and weight."""
    return [state(kind, seed, reg_wt=1.0 + seed) for seed in range(runs)]


def batches(kind: str, steps: int, runs: int = 2, size: int = 8, seed: int = 0) -> Tensor:
    """(steps, runs, size, C, H, W) images of bright squares, channels last, as a dataset gives them."""
    shape = (3, 16, 16) if kind == "dislib" else tiny.SHAPE
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(steps, runs, size, *shape[1:], shape[0], generator=generator).movedim(-1, 3)
    return images.pow(4)

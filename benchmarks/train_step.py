"""Our training step ÷ the step of a bare PyTorch loop: the same network, optimiser, batch and data.

    python benchmarks/train_step.py [--device cuda] [--pairs 60] [--only dislib-vae]

The bare loop gathers its uint8 batch from RAM, converts it, and makes one Adam step; nothing else. Ours
is what `fig train` does at each step: order, gather from the mapped file, noise, losses, backward,
clipping, Adam, ledger, bar. Both networks lie channels last, so that the ratio shows what the loop costs
and not what the layout gains.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from machine import machine, write_result
from paired import Ratio, paired_ratio

from disentcli.data.dataset import Dataset
from disentcli.data.order import BatchOrder
from disentcli.data.sprites import Sprites
from disentcli.latents.gaussian import GaussianLatent
from disentcli.latents.plain import PlainLatent
from disentcli.methods.ae import AE
from disentcli.methods.method import Method
from disentcli.methods.vae import VAE
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.dislib import DislibDecoder, DislibEncoder
from disentcli.nets.structural import StructuralDecoder
from disentcli.training.allocator import keep_memory
from disentcli.training.optimizers import adam
from disentcli.training.progress import Progress
from disentcli.training.state import TrainingState

LATENT_DIM = 12


def dislib_vae(shape: tuple[int, ...]) -> Method:
    """The VAE of the 2019 study at the data's size."""
    latent = GaussianLatent(LATENT_DIM)
    return VAE(latent, DislibEncoder(shape, latent.feature_dim), DislibDecoder(LATENT_DIM, shape))


def sae_12(shape: tuple[int, ...]) -> Method:
    """SAE-12 at 32 pixels: width 32, as in a/size/32."""
    latent = PlainLatent(LATENT_DIM)
    encoder = Conv12Encoder(shape, latent.feature_dim, width=32, hidden=(128, 64))
    decoder = StructuralDecoder(LATENT_DIM, shape, transforms=12, width=32, transform_hidden=(32, 64))
    return AE(latent, encoder, decoder)


def ours(model: Method, dataset: Dataset, batch_size: int, steps: int) -> Callable[[], None]:
    """A block of the steps that training/loop.py makes."""
    state = TrainingState(model, adam(), budget=10**9)
    order = BatchOrder(np.arange(len(dataset)), batch_size, 0, device=dataset.index_device)
    bar = Progress(0, 10**9, quiet=True)
    model.train()

    def block() -> None:
        for _ in range(steps):
            batch = dataset.batch(order.batch(state.step))
            state.take_step(batch)
            bar.advance(len(batch))
        _wait(dataset.device)

    return block


def bare(model: Method, images: torch.Tensor, batch_size: int, steps: int) -> Callable[[], None]:
    """The same steps written out by hand; `images` are uint8 (N, H, W, C)."""
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4, fused=True)
    order = torch.randperm(len(images), device=images.device)
    variational = isinstance(model, VAE)
    place = 0
    model.train()

    def block() -> None:
        nonlocal place
        for _ in range(steps):
            place = place + batch_size if place + 2 * batch_size <= len(order) else 0
            x = images[order[place : place + batch_size]].permute(0, 3, 1, 2).float().div_(255)
            features = model.encoder(x)
            if variational:
                mean, logvar = features.chunk(2, dim=1)
                codes = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
            else:
                codes = features
            logits = model.decoder(codes)
            loss = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
            if variational:
                loss = loss + 0.5 * (mean.square() + logvar.exp() - logvar - 1).sum() / len(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        _wait(images.device)

    return block


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


CASES: dict[str, tuple[Callable[[tuple[int, ...]], Method], int, int]] = {
    # network, batch size, steps in a block
    "dislib-vae": (dislib_vae, 64, 20),
    "sae-12": (sae_12, 64, 4),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--only", choices=CASES)
    options = parser.parse_args()
    keep_memory()
    ratios = {}
    with tempfile.TemporaryDirectory() as folder:
        dataset = Sprites(root=folder, size=32, scales=3, orientations=8, positions=8, grey=True)
        dataset.to(options.device)
        images = torch.from_numpy(np.load(next(Path(folder).glob("*/images.npy")))).to(options.device)
        for name in [options.only] if options.only else CASES:
            network, batch_size, steps = CASES[name]
            torch.manual_seed(0)
            first, second = (
                network(dataset.shape).to(options.device, memory_format=torch.channels_last) for _ in range(2)
            )
            a, b = ours(first, dataset, batch_size, steps), bare(second, images, batch_size, steps)
            a(), b()  # warm up
            ratio = paired_ratio(a, b, pairs=options.pairs)
            ratios[name] = {**asdict(ratio), "steps": steps, "batch_size": batch_size}
            print(f"{name:12}{_line(ratio, steps)}", flush=True)
    suffix = "" if options.device == "cpu" else "-cuda"
    path = write_result(f"train_step{suffix}", {"machine": machine(options.device), "ratios": ratios})
    print(f"written to {path}")


def _line(ratio: Ratio, steps: int) -> str:
    ours_ms, bare_ms = (1e3 * seconds / steps for seconds in (ratio.seconds_a, ratio.seconds_b))
    interval = f"{ratio.median:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
    return f"ours ÷ bare {interval}, {ratio.pairs} pairs; {ours_ms:.2f} and {bare_ms:.2f} ms a step"


if __name__ == "__main__":
    main()

"""The networks of the benchmarks as their papers and our configs have them: model, data, batch, optimiser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from bare import ae, qlae, sdim, vae
from bare.loop import Bare

from disentcli.data.dataset import Dataset
from disentcli.data.views.pairs import Pairs
from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.latents.discrete import QuantizedLatent
from disentcli.methods.ae import AE
from disentcli.methods.method import Method
from disentcli.methods.qlae import QLAE
from disentcli.methods.sdim import SDIM
from disentcli.methods.vae import VAE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.dislib import DislibDecoder, DislibEncoder
from disentcli.nets.encoder_decoder import LinearDecoder, LinearEncoder
from disentcli.nets.qlae import QlaeEncoder
from disentcli.nets.structural import StructuralDecoder
from disentcli.nets.style import StyleDecoder
from disentcli.training.optim import GradientClipping, MakeOptimizer, adam, adamw

LATENT_DIM = 12
IMAGES, CLASSES = 5_000, 10  # 61 MB at 3×64×64


def dislib_vae(shape: tuple[int, ...]) -> Method:
    """The VAE of the 2019 study."""
    latent = GaussianLatent(LATENT_DIM)
    return VAE(latent, DislibEncoder(shape, latent.feature_dim), DislibDecoder(LATENT_DIM, shape))


def sae_12(shape: tuple[int, ...]) -> Method:
    """SAE-12 as in a/size/64, or narrower, as in a/size/32."""
    small = shape[-1] == 32
    width, encoder, transform = (32, (128, 64), (32, 64)) if small else (64, (256, 128), (64, 128))
    return AE(
        PlainLatent(LATENT_DIM),
        Conv12Encoder(shape, LATENT_DIM, width=width, hidden=encoder),
        StructuralDecoder(LATENT_DIM, shape, width=width, transform_hidden=transform),
    )


def qlae_large(shape: tuple[int, ...]) -> Method:
    """QLAE with its own encoder and style decoder."""
    latent = QuantizedLatent(LATENT_DIM)
    return QLAE(latent, QlaeEncoder(shape, latent.feature_dim), StyleDecoder(LATENT_DIM, shape))


def sdim_pairs(shape: tuple[int, ...]) -> Method:
    """SDIM's first stage."""
    return SDIM(shape)


def vec_vae(shape: tuple[int, ...]) -> Method:
    """The VAE of `m/vae d/vec`: 12 linear layers of 64, twice."""
    latent = GaussianLatent(LATENT_DIM)
    encoder = Conv12Encoder(shape, latent.feature_dim, width=64, hidden=(64,))
    return VAE(latent, encoder, Conv12Decoder(LATENT_DIM, shape, width=64, hidden=(64,)))


def linear_vae(shape: tuple[int, ...]) -> Method:
    """A VAE of one linear layer each way: almost nothing to compute, so the loop's own cost shows most."""
    latent = GaussianLatent(LATENT_DIM)
    return VAE(latent, LinearEncoder(shape, latent.feature_dim), LinearDecoder(LATENT_DIM, shape))


@dataclass(frozen=True)
class Case:
    """One network and how it is trained, and the same training written out by hand."""

    model: Callable[[tuple[int, ...]], Method]
    bare: Callable[[Method], Bare]
    shape: tuple[int, ...]
    batch_size: int
    block: int  # steps, about half a second on two threads
    optimizer: MakeOptimizer
    clip: GradientClipping | None = None

    def dataset(self, stored: np.ndarray) -> Dataset:
        """The items of this network: images, or pairs of one class."""
        labels = {
            "labels": classes(len(stored))[:, None],
            "factor_names": ("class",),
            "factor_sizes": (CLASSES,),
        }
        dataset = Dataset("random", stored, self.shape, **labels)
        return Pairs(dataset, share=["class"]) if self.model is sdim_pairs else dataset


def classes(count: int) -> np.ndarray:
    """A class for each image, all equally frequent."""
    return np.arange(count) % CLASSES


def random_images(shape: tuple[int, ...]) -> np.ndarray:
    """uint8 (IMAGES, H, W, C); float32 (IMAGES, D) for vectors."""
    rng = np.random.default_rng(0)
    if len(shape) == 1:
        return rng.standard_normal((IMAGES, *shape), dtype=np.float32)
    return rng.integers(0, 256, (IMAGES, *shape[1:], shape[0]), dtype=np.uint8)


CASES = {
    "dislib-vae": Case(dislib_vae, vae.bare, (3, 64, 64), 64, 10, adam()),
    "sae-12": Case(sae_12, ae.bare, (3, 64, 64), 128, 1, adam()),
    "sae-12-32px": Case(sae_12, ae.bare, (1, 32, 32), 64, 8, adam()),
    "qlae": Case(qlae_large, qlae.bare, (3, 64, 64), 128, 1, adamw(weight_decay=0.1), GradientClipping(1.0)),
    "vec": Case(vec_vae, vae.bare_of_vectors, (100,), 128, 200, adam(lr=1e-3)),
    "vec-linear": Case(linear_vae, vae.bare_of_vectors, (100,), 128, 400, adam(lr=1e-3)),
    "vec-linear-640": Case(linear_vae, vae.bare_of_vectors, (100,), 640, 250, adam(lr=1e-3)),
    "sdim": Case(sdim_pairs, sdim.bare, (3, 28, 28), 64, 5, adam(lr=1e-4)),
}

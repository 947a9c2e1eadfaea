"""Small models for the tests of this folder."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils import _pytree as pytree

from disentcli.latents.continuous import GaussianLatent, PlainLatent
from disentcli.latents.discrete import QuantizedLatent, VectorQuantizedLatent
from disentcli.latents.latent import Latent
from disentcli.methods.ae import AE
from disentcli.methods.bioae import BioAE
from disentcli.methods.method import Method
from disentcli.methods.qlae import QLAE, VQVAE
from disentcli.methods.samplers import Sampler
from disentcli.methods.vae import VAE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv12Encoder
from disentcli.nets.structural import StructuralDecoder

IMAGE = (1, 32, 32)
VECTOR = (10,)


def small_ae(
    shape: tuple[int, ...] = IMAGE, sampler: Sampler | None = None, *, seed: int = 0, reg_wt: float = 0.0
) -> AE:
    """A structural autoencoder of 4 latent dimensions."""
    torch.manual_seed(seed)
    width = 32 if len(shape) == 3 else 8
    decoder = StructuralDecoder(4, shape, transforms=4, width=width, transform_hidden=(8,))
    return AE(
        PlainLatent(4), Conv12Encoder(shape, 4, width=width, hidden=(8,)), decoder, sampler, reg_wt=reg_wt
    )


def small_vae(
    shape: tuple[int, ...] = IMAGE, sampler: Sampler | None = None, *, seed: int = 0, reg_wt: float = 1.0
) -> VAE:
    """A VAE of 4 latent dimensions."""
    torch.manual_seed(seed)
    width = 32 if len(shape) == 3 else 8
    decoder = Conv12Decoder(4, shape, width=width, hidden=(8,))
    return VAE(
        GaussianLatent(4), Conv12Encoder(shape, 8, width=width, hidden=(8,)), decoder, sampler, reg_wt=reg_wt
    )


def networks(latent: Latent, shape: tuple[int, ...]) -> tuple[Latent, Conv12Encoder, Conv12Decoder]:
    """A latent and the small networks that fit it."""
    width = 32 if len(shape) == 3 else 8
    encoder = Conv12Encoder(shape, latent.feature_dim, width=width, hidden=(8,))
    return latent, encoder, Conv12Decoder(latent.decoder_dim, shape, width=width, hidden=(8,))


def critics(latent: Latent, shape: tuple[int, ...]) -> tuple[Latent, Conv12Encoder, Conv12Decoder]:
    """As `networks`, with an encoder that gives a critic's value as well."""
    width = 32 if len(shape) == 3 else 8
    encoder = Conv12Encoder(shape, latent.feature_dim + 1, width=width, hidden=(8,))
    return latent, encoder, Conv12Decoder(latent.decoder_dim, shape, width=width, hidden=(8,))


def small_qlae(
    shape: tuple[int, ...] = IMAGE, sampler: Sampler | None = None, *, seed: int = 0, values: int = 5
) -> QLAE:
    """A QLAE of 4 latent dimensions."""
    torch.manual_seed(seed)
    return QLAE(*networks(QuantizedLatent(4, num_values=values), shape), sampler)


def small_vqvae(shape: tuple[int, ...] = IMAGE, sampler: Sampler | None = None, *, seed: int = 0) -> VQVAE:
    """A VQ-VAE of 4 tokens, each of 8 vectors of length 3."""
    torch.manual_seed(seed)
    return VQVAE(*networks(VectorQuantizedLatent(4, num_embeddings=8, embedding_size=3), shape), sampler)


def small_bioae(shape: tuple[int, ...] = IMAGE, sampler: Sampler | None = None, *, seed: int = 0) -> BioAE:
    """A BioAE of 4 latent dimensions."""
    torch.manual_seed(seed)
    return BioAE(*networks(PlainLatent(4), shape), sampler)


def batch(shape: tuple[int, ...] = IMAGE, n: int = 6) -> torch.Tensor:
    """Observations in [0, 1]."""
    return torch.rand(n, *shape, generator=torch.Generator().manual_seed(1))


def items(model: Method, shape: tuple[int, ...] = IMAGE, n: int = 6) -> Any:
    """A batch of items as the method's losses take it: of observations in [0, 1], and classes of 0."""
    generator = torch.Generator().manual_seed(1)

    def of_all(one: torch.Tensor) -> torch.Tensor:
        drawn = torch.rand(n, *one.shape[1:], generator=generator)
        return drawn if one.is_floating_point() else one.new_zeros(drawn.shape)

    return pytree.tree_map(of_all, model.example_batch(shape, "cpu"))

"""What every objective of an autoencoder begins with: encode, sample, decode, compare."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from .autoencoder import Autoencoder


class ForwardPass(NamedTuple):
    """What came of a batch: features (B, feature_dim), codes (B, latent_dim), the reconstruction loss."""

    features: Tensor
    codes: Tensor
    reconstruction: Tensor


def forward_pass(model: Autoencoder, batch: Tensor, noise: Tensor | None) -> ForwardPass:
    """The batch through encoder, latent and decoder; `noise` (B, noise_dim) is that of the codes."""
    features = model.encoder(batch)
    codes = model.latent.sample_for_decoder(features, noise)
    return ForwardPass(features, codes, model.reconstruction(model.decoder(codes), batch))

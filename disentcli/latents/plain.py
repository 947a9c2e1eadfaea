"""The plain latent: codes are the encoder's features."""

from __future__ import annotations

from ..registry import latent
from .latent import Latent


@latent("plain")
class PlainLatent(Latent):
    """Deterministic codes without a prior, as in an autoencoder."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim, feature_dim=latent_dim)

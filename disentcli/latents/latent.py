"""What every latent has: how features become codes, how codes are sampled, and the loss terms it adds."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..errors import CallError, Unsupported


class Latent(nn.Module):
    """What stands between encoder and decoder: features (B, feature_dim) → codes (B, latent_dim).

    This base is the identity without a prior; a latent says what it does otherwise.
    """

    noise_dim = 0  # how many standard normal numbers a sampled code needs
    discrete = False
    terms: tuple[str, ...] = ()  # the names of the losses it adds

    def __init__(self, latent_dim: int, feature_dim: int) -> None:
        super().__init__()
        if latent_dim < 1:
            raise CallError(f"latent-dim must be at least 1, got {latent_dim}")
        self.latent_dim = latent_dim
        self.feature_dim = feature_dim

    def split(self, features: Tensor) -> Any:
        """The parameters of the codes' distribution, read off the features."""
        return features

    def codes(self, features: Tensor) -> Tensor:
        """The mean code (B, latent_dim)."""
        return features

    def sample(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        """A code (B, latent_dim) drawn with this noise (B, noise_dim); without noise, the mean code."""
        return self.codes(features)

    def losses(self, features: Tensor, codes: Tensor) -> dict[str, Tensor]:
        """The terms this latent adds, each a scalar: summed over dimensions, averaged over the batch."""
        return {}

    def divergences(self, features: Tensor) -> Tensor | None:
        """The KL divergence (B, latent_dim) of each code's distribution from its prior; None without one."""
        return None

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Codes (n, latent_dim) drawn from the prior; raises Unsupported where there is none."""
        raise Unsupported(
            f"{type(self).__name__} has no prior to draw codes from; stack `hybrid` (fig train hybrid …), "
            "which mixes the codes of the training images"
        )

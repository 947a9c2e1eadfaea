"""The noisy clamped latent: a bounded channel of limited resolution (Hsu et al., NeurIPS 2023, code)."""

from __future__ import annotations

import torch
from torch import Tensor

from ..errors import CallError
from ..registry import latent
from .latent import Latent


@latent("noisy-clamped")
class NoisyClampedLatent(Latent):
    """Codes clamp(z, -c, c) + s·ε with ε ~ N(0, 1); the mean code is without ε.

    limit: c; deviation: s. No values were published with it; these are ours: s is half the distance of ten
    values on [-c, c]. The published code adds noise in evaluation as well.
    """

    def __init__(self, latent_dim: int, *, limit: float = 0.5, deviation: float = 1 / 18) -> None:
        super().__init__(latent_dim, feature_dim=latent_dim)
        if limit <= 0 or deviation < 0:
            raise CallError(f"limit must be above 0 and deviation not below, got {limit} and {deviation}")
        self.noise_dim = latent_dim
        self.limit = limit
        self.deviation = deviation

    def codes(self, features: Tensor) -> Tensor:
        return features.clamp(-self.limit, self.limit)

    def sample_for_decoder(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        codes = self.codes(features)
        return codes if noise is None else torch.add(codes, noise, alpha=self.deviation)

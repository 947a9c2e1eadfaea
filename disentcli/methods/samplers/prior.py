"""Codes drawn from N(0, I): the prior of VAEs and WAEs."""

from __future__ import annotations

import torch
from torch import Tensor

from ...latents.standard_normal import standard_normal
from ...registry import sampler
from .sampler import Sampler


@sampler("prior")
class PriorSampler(Sampler):
    """Standard normal codes, for a model that was trained towards them."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return standard_normal(n, self.latent_dim, generator)

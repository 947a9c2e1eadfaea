"""Codes drawn from N(0, I): the prior of VAEs and WAEs."""

from __future__ import annotations

import torch
from torch import Tensor

from ...errors import CallError
from ...latents.gaussian import GaussianLatent
from ...latents.latent import Latent
from ...latents.standard_normal import standard_normal
from ...registry import sampler
from .sampler import Sampler


@sampler("prior")
class PriorSampler(Sampler):
    """Standard normal codes, for a model that was trained towards them."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)

    def meet(self, latent: Latent) -> None:
        of_its_own = type(latent).prior is not Latent.prior and not isinstance(latent, GaussianLatent)
        if latent.discrete or of_its_own:
            raise CallError(
                f"prior draws normal codes, {type(latent).__name__} has a prior of its own; "
                "leave the sampler out and codes come from it"
            )

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        return standard_normal(n, self.latent_dim, generator)

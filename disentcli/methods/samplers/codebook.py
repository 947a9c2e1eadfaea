"""Codes drawn from the codebooks of a discrete latent, each dimension by itself."""

from __future__ import annotations

import torch
from torch import Tensor

from ...errors import CallError, Unsupported
from ...latents.discrete import DiscreteLatent
from ...latents.latent import Latent
from ...registry import sampler
from .sampler import Sampler


@sampler("codebook")
class CodebookSampler(Sampler):
    """z_j uniform over the values of its codebook V_j: the prior of latent quantisation."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)
        self._latent: tuple[DiscreteLatent, ...] = ()  # a tuple: known, but not a part of the sampler

    def meet(self, latent: Latent) -> None:
        if not isinstance(latent, DiscreteLatent):
            raise CallError(
                f"codebook draws from the codebooks of a latent, {type(latent).__name__} has none; "
                "leave it out, or stack `hybrid`"
            )
        self._latent = (latent,)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        if not self._latent:
            raise Unsupported("codebook has no latent to draw from; give it to sampler.meet(latent)")
        latent = self._latent[0]
        return latent.prior(n, generator, latent.values.device)

"""Interpolation: new codes on the lines between codes of two training images."""

from __future__ import annotations

import torch
from torch import Tensor

from ...errors import CallError
from ...latents.latent import Latent
from ...registry import sampler
from .stored import StoredCodes


@sampler("interpolation")
class InterpolationSampler(StoredCodes):
    """z = a + t·(b - a) for two stored codes a, b and t ~ U[0, 1); of a discrete latent, the nearest code."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)
        self._latent: tuple[Latent, ...] = ()  # a tuple: known, but not a part of the sampler

    def meet(self, latent: Latent) -> None:
        if not latent.ordered:
            raise CallError(
                f"interpolation needs codes with something in between, those of {type(latent).__name__} are "
                "tokens; use `hybrid` or `codebook`"
            )
        self._latent = (latent,)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        codes = self.stored()
        device = None if generator is None else generator.device
        ends = torch.randint(len(codes), (2, n), generator=generator, device=device).to(codes.device)
        share = torch.rand(n, 1, generator=generator, device=device).to(codes)
        start, end = codes[ends]
        mixed = torch.lerp(start, end, share)
        return self._latent[0].snap(mixed) if self._latent else mixed

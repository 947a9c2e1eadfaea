"""Hybrid sampling: new codes mix the dimensions of codes of the training split (Leeb et al., ICLR 2023)."""

from __future__ import annotations

import torch
from torch import Tensor

from ...errors import CallError
from ...registry import sampler
from .stored import StoredCodes


@sampler("hybrid")
class HybridSampler(StoredCodes):
    """Each dimension (or group of them) of a new code comes from a stored code of its own choosing.

    groups: how many equal, consecutive blocks stay together, as those of a structural decoder; 0: none do.
    replacement: draw independently; else permute the stored codes (anew, when more are wanted).
    """

    def __init__(self, latent_dim: int, *, replacement: bool = True, groups: int = 0) -> None:
        super().__init__(latent_dim)
        self.replacement = replacement
        self.groups = groups or latent_dim
        if groups < 0 or latent_dim % self.groups:
            raise CallError(f"hybrid cannot cut {latent_dim} latent dimensions into {groups} equal groups")

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        codes = self.stored()
        stored = len(codes)
        sources = self._sources(n, stored, generator).to(codes.device)  # (n, groups)
        blocks = codes.view(stored, self.groups, -1)
        return blocks[sources, torch.arange(self.groups, device=sources.device)].flatten(1)

    def _sources(self, n: int, stored: int, generator: torch.Generator | None) -> Tensor:
        device = None if generator is None else generator.device
        if self.replacement:
            return torch.randint(stored, (n, self.groups), generator=generator, device=device)
        rounds = -(-n // stored)
        keys = torch.rand(rounds, stored, self.groups, generator=generator, device=device)
        return keys.argsort(dim=1).flatten(0, 1)[:n]

"""Hybrid sampling: new codes mix the dimensions of codes of the training split (Leeb et al., ICLR 2023)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...errors import CallError, Unsupported
from ...registry import sampler
from .sampler import Sampler


@sampler("hybrid")
class HybridSampler(Sampler):
    """Each dimension (or group of them) of a new code comes from a stored code of its own choosing.

    groups: how many equal, consecutive blocks stay together, as those of a structural decoder; 0: none do.
    replacement: draw independently; else permute the stored codes (anew, when more are wanted).
    """

    needs_codes = True
    codes: Tensor

    def __init__(self, latent_dim: int, *, replacement: bool = True, groups: int = 0) -> None:
        super().__init__(latent_dim)
        self.replacement = replacement
        self.groups = groups or latent_dim
        if groups < 0 or latent_dim % self.groups:
            raise CallError(f"hybrid cannot cut {latent_dim} latent dimensions into {groups} equal groups")
        self.register_buffer("codes", torch.empty(0, latent_dim))

    def prepare(self, codes: Tensor) -> None:
        """Replace the stored codes by these (N, latent_dim)."""
        self.codes = codes.detach().to(self.codes.device, self.codes.dtype, copy=True)

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        stored = len(self.codes)
        if not stored:
            raise Unsupported(
                "hybrid has no codes of the training images yet; give them to sampler.prepare(codes)"
            )
        sources = self._sources(n, stored, generator).to(self.codes.device)  # (n, groups)
        blocks = self.codes.view(stored, self.groups, -1)
        return blocks[sources, torch.arange(self.groups, device=sources.device)].flatten(1)

    def _sources(self, n: int, stored: int, generator: torch.Generator | None) -> Tensor:
        device = None if generator is None else generator.device
        if self.replacement:
            return torch.randint(stored, (n, self.groups), generator=generator, device=device)
        rounds = -(-n // stored)
        keys = torch.rand(rounds, stored, self.groups, generator=generator, device=device)
        return keys.argsort(dim=1).flatten(0, 1)[:n]

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Make room for as many codes as the checkpoint holds: their number is data, not shape."""
        stored = state_dict.get(f"{prefix}codes")
        if stored is not None and stored.ndim == 2 and stored.shape[1] == self.latent_dim:
            self.codes = self.codes.new_empty(stored.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)

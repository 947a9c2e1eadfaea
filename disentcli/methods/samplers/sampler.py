"""What every sampler has: where new codes come from is a part of its own, apart from the method."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from ...latents.latent import Latent


class Sampler(nn.Module, ABC):
    """Draws codes (n, latent_dim) to decode."""

    needs_codes = False  # whether `prepare` must be given codes of the training split before `sample`

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        self.latent_dim = latent_dim

    def meet(self, latent: Latent) -> None:
        """Get to know the latent whose codes are drawn; raises CallError where they cannot be."""

    def prepare(self, codes: Tensor) -> None:
        """Take in codes (N, latent_dim) of the training split; what is kept goes into checkpoints."""

    @abstractmethod
    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, latent_dim)."""

"""Samplers that make new codes from stored ones: codes of training images that travel with the model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ...errors import Unsupported
from .sampler import Sampler


class StoredCodes(Sampler):
    """Holds codes (N, latent_dim) of the training split, in checkpoints too."""

    needs_codes = True
    codes: Tensor

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim)
        self.register_buffer("codes", torch.empty(0, latent_dim))

    def prepare(self, codes: Tensor) -> None:
        """Replace the stored codes by these (N, latent_dim)."""
        self.codes = codes.detach().to(self.codes.device, self.codes.dtype, copy=True)

    def stored(self) -> Tensor:
        """The codes; Unsupported while there are none."""
        if not len(self.codes):
            name = type(self).__name__.removesuffix("Sampler").lower()
            raise Unsupported(
                f"{name} has no codes of the training images yet; give them to sampler.prepare(codes)"
            )
        return self.codes

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Make room for as many codes as the checkpoint holds: their number is data, not shape."""
        stored = state_dict.get(f"{prefix}codes")
        if stored is not None and stored.ndim == 2 and stored.shape[1] == self.latent_dim:
            self.codes = self.codes.new_empty(stored.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)

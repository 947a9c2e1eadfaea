"""Standard normal draws from an explicit generator, on whichever device they are wanted."""

from __future__ import annotations

import torch
from torch import Tensor


def standard_normal(
    n: int, dim: int, generator: torch.Generator | None, device: torch.device | str | None = None
) -> Tensor:
    """(n, dim) numbers, drawn where the generator lives (so that its stream is the same for every device)."""
    drawn_on = device if generator is None else generator.device
    return torch.randn(n, dim, generator=generator, device=drawn_on).to(device)

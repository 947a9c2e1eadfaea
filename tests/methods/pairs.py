"""Small models of SDIM and EDIM, and pairs for them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from disentcli.methods.edim import EDIM
from disentcli.methods.sdim import SDIM
from disentcli.methods.sdim_edim import SDIMThenEDIM

SHAPE = (3, 12, 12)


def small_sdim(**options: Any) -> SDIM:
    """SDIM on 12 pixels, a map of 3×3 cells."""
    torch.manual_seed(0)
    return SDIM(SHAPE, **{"shared_dim": 6, **options})


def small_edim(**options: Any) -> EDIM:
    """EDIM on 12 pixels."""
    torch.manual_seed(1)
    return EDIM(SHAPE, **{"shared_dim": 6, "exclusive_dim": 3, **options})


def small_stages(shared_steps: int = 3, **options: Any) -> SDIMThenEDIM:
    """Both in a row."""
    return SDIMThenEDIM(small_sdim(**options), small_edim(**options), shared_steps=shared_steps)


def pairs(n: int = 6, shape: tuple[int, ...] = SHAPE, seed: int = 3) -> Tensor:
    """(n, 2, *shape) in [0, 1]."""
    return torch.rand(n, 2, *shape, generator=torch.Generator().manual_seed(seed))

"""Random numbers as a pure function of (seed, index, visit): the same on every device and for every batch.

Datasets that draw colours, backgrounds or partners need no state, and a resumed run repeats them exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..device import send

_LOW = 0xFFFFFFFF
_GOLDEN = 0x9E3779B9  # 2³² / golden ratio: neighbouring columns start far apart


def uniform(seed: int, indices: Tensor, visit: int, count: int, *, stream: int = 0) -> Tensor:
    """(B, count) float32 in [0, 1) for the int64 `indices` (B,); `stream` tells several uses apart."""
    return (_words(seed, indices, visit, count, stream) >> 8).float() * 2.0**-24


def integers(
    seed: int, indices: Tensor, visit: int, sizes: Sequence[int] | Tensor, *, stream: int = 0
) -> Tensor:
    """(B, K) int64, column k in 0…sizes[k] − 1, for the int64 `indices` (B,); sizes are below 2³¹.

    Sizes may also be a tensor (B, K), one for each draw.
    """
    bounds = send(torch.as_tensor(sizes, dtype=torch.int64), indices.device)
    return _words(seed, indices, visit, bounds.shape[-1], stream) * bounds >> 32


def _words(seed: int, indices: Tensor, visit: int, count: int, stream: int) -> Tensor:
    """(B, count) int64, each a 32-bit word hashed from its place."""
    keys = np.random.SeedSequence([seed % 2**64, visit, stream]).generate_state(2).tolist()
    columns = torch.arange(count, device=indices.device) * _GOLDEN + keys[1] & _LOW
    rows = _mixed(_mixed(indices & _LOW ^ keys[0]) + (indices >> 32) & _LOW)
    return _mixed(rows[:, None] + columns & _LOW)


def _mixed(words: Tensor) -> Tensor:
    """A 32-bit hash of good avalanche in five steps (C. Wellons, "Prospecting for hash functions", 2018)."""
    words = (words ^ words >> 16) * 0x7FEB352D & _LOW
    words = (words ^ words >> 15) * 0x846CA68B & _LOW
    return words ^ words >> 16

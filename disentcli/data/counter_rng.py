"""Random numbers as a pure function of (seed, index, step): the same on every device and for every batch.

Datasets that draw colours, backgrounds or partners need no state, and a resumed run repeats them exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from ..device import send

STREAMS = 64  # below which the streams of a generator and of its forks differ
_LOW = 0xFFFFFFFF
_GOLDEN = 0x9E3779B9  # 2³² / golden ratio: neighbouring columns start far apart


@dataclass(frozen=True)
class CounterRNG:
    """Random numbers for the items of a batch; each use needs a generator of its own, which `fork` gives.

    >>> rng = CounterRNG(seed=0, indices=torch.tensor([4, 7]), draw_step=1)
    >>> rng.fork(0).integers(torch.tensor([10, 10])).shape
    torch.Size([2, 2])

    Args:
        seed: The seed of the dataset or of the view.
        indices: (B,) int64, of the items.
        draw_step: The step of training, counted from 1, or 0 for evaluation.
        stream: Tells several generators of the same seed, item and step apart.
    """

    seed: int
    indices: Tensor
    draw_step: int
    stream: int = 0

    def fork(self, k: int) -> CounterRNG:
        """The k-th (0…62) of the generators that are independent of this one and of each other."""
        return replace(self, stream=self.stream * STREAMS + k + 1)

    def uniform(self, count: int) -> Tensor:
        """(B, count) float32 in [0, 1)."""
        return uniform(self.seed, self.indices, self.draw_step, count, stream=self.stream)

    def integers(self, sizes: Tensor) -> Tensor:
        """(B, K) int64 below `sizes` (B, K) or (K,); 0 where a size is 0."""
        return integers(self.seed, self.indices, self.draw_step, sizes, stream=self.stream)

    def below(self, sizes: Tensor) -> Tensor:
        """(B,) int64 below `sizes` (B,); 0 where a size is 0."""
        return self.integers(sizes[:, None])[:, 0]


def uniform(seed: int, indices: Tensor, draw_step: int, count: int, *, stream: int = 0) -> Tensor:
    """(B, count) float32 in [0, 1) for the items `indices` (B,) int64; see `CounterRNG` for the rest."""
    return (_words(seed, indices, draw_step, count, stream) >> 8).float() * 2.0**-24


def integers(
    seed: int, indices: Tensor, draw_step: int, sizes: Sequence[int] | Tensor, *, stream: int = 0
) -> Tensor:
    """(B, K) int64, column k in 0…sizes[k] − 1, for the items `indices` (B,) int64.

    Sizes, below 2³¹, may also be a tensor (B, K), one for each draw.
    """
    bounds = send(torch.as_tensor(sizes, dtype=torch.int64), indices.device)
    return _words(seed, indices, draw_step, bounds.shape[-1], stream) * bounds >> 32


def _words(seed: int, indices: Tensor, draw_step: int, count: int, stream: int) -> Tensor:
    """(B, count) int64, each a 32-bit word hashed from its place."""
    keys = np.random.SeedSequence([seed % 2**64, draw_step, stream]).generate_state(2).tolist()
    columns = torch.arange(count, device=indices.device) * _GOLDEN + keys[1] & _LOW
    rows = _mixed(_mixed(indices & _LOW ^ keys[0]) + (indices >> 32) & _LOW)
    return _mixed(rows[:, None] + columns & _LOW)


def _mixed(words: Tensor) -> Tensor:
    """A 32-bit hash of good avalanche in five steps (C. Wellons, "Prospecting for hash functions", 2018)."""
    words = (words ^ words >> 16) * 0x7FEB352D & _LOW
    words = (words ^ words >> 15) * 0x846CA68B & _LOW
    return words ^ words >> 16

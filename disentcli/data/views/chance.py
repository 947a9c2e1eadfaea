"""The chance in a batch of a view: draws that follow from seed, index and visit alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from .. import counter_rng

PARTS = 64  # of a chance, at most


@dataclass(frozen=True)
class CounterRNG:
    """Draws for these `indices` (B,) at this visit. One chance is for one draw; `part` gives further ones."""

    seed: int
    indices: Tensor
    visit: int
    stream: int = 0

    def part(self, k: int) -> CounterRNG:
        """The k-th (0…62) of the chances that are independent of this one and of each other."""
        return replace(self, stream=self.stream * PARTS + k + 1)

    def uniform(self, count: int) -> Tensor:
        """(B, count) float32 in [0, 1)."""
        return counter_rng.uniform(self.seed, self.indices, self.visit, count, stream=self.stream)

    def integers(self, sizes: Tensor) -> Tensor:
        """(B, K) int64 below `sizes` (B, K) or (K,); 0 where a size is 0."""
        return counter_rng.integers(self.seed, self.indices, self.visit, sizes, stream=self.stream)

    def below(self, sizes: Tensor) -> Tensor:
        """(B,) int64 below `sizes` (B,); 0 where a size is 0."""
        return self.integers(sizes[:, None])[:, 0]

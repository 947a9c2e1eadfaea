"""Statistics networks: scores of a feature map together with a representation, for mutual information."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


class SplitLinear(nn.Linear):
    """A linear layer on several inputs laid side by side, which gives the share of each in the output.

    W [a; b] + c = W_a a + (W_b b + c): a share is computed once, however often its input meets others. The
    bias belongs to the last part.
    """

    def __init__(self, sizes: Sequence[int], outputs: int) -> None:
        super().__init__(sum(sizes), outputs)
        self.sizes = tuple(sizes)

    def forward(self, parts: Sequence[Tensor]) -> list[Tensor]:  # type: ignore[override]
        """Of parts (…, sizes[k]), the shares (…, outputs)."""
        weights = self.weight.split(self.sizes, dim=1)
        biases = [None] * (len(parts) - 1) + [self.bias]
        return [F.linear(*one) for one in zip(parts, weights, biases, strict=True)]


class StatisticsNetwork(nn.Module):
    """Scores of each cell of a map with a representation: three layers with ReLU (Hjelm et al., ICLR 2019).

    On the cells these are 1×1 convolutions of the map with the representation at every place, the local
    network; on the whole map as one cell it is the global one. `sizes` are the channels of the maps, which
    lie side by side, and last the size of the representation.
    """

    def __init__(self, sizes: Sequence[int], hidden: int = 512) -> None:
        super().__init__()
        self.first = SplitLinear(sizes, hidden)
        # not in place: on a view, as a linear layer gives of a map, autograd would copy it five times
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, maps: Sequence[Tensor], vector: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (B, P) of maps (B, P, channels) with their own vectors (B, D), and (K, B, P) of others'.

        `negatives` (K, B) says whose map each vector meets instead. The first layer sees every map and vector
        once: pairs differ in sums of its shares.
        """
        *of_maps, of_vector = self.first([*maps, vector[:, None]])
        of_map = sum(of_maps[1:], of_maps[0])  # (B, P, H)
        others = of_map.index_select(0, negatives.flatten()).unflatten(0, negatives.shape)
        return self._scores(of_map + of_vector), self._scores(others + of_vector)

    def _scores(self, hidden: Tensor) -> Tensor:
        return self.rest(hidden).squeeze(-1).float()

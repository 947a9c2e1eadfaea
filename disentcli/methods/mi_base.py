"""What SDIM and EDIM have in common: two domains, shared encoders, mutual information of maps and codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ..nets.feature_map_encoder import FeatureMapEncoder
from ..nets.statistics_network import StatisticsNetwork
from .estimators import ESTIMATORS, Estimator
from .method import Method
from .negatives import derangements, shifts
from .noise import NoiseDict, get_noise

Negatives = Literal["derangement", "roll"]
Maps = Sequence[Tensor]


@runtime_checkable
class SharesEncoders(Protocol):
    """A method with encoders of what X and Y share, which a second stage can take over."""

    def shared_encoders(self) -> list[FeatureMapEncoder]:
        """That of X and that of Y, one and the same where they are tied."""


class Critics(nn.Module):
    """The local and the global statistics network of one domain, on maps of an encoder's shape."""

    def __init__(self, encoder: FeatureMapEncoder, maps: int, vector_dim: int) -> None:
        super().__init__()
        self.local = StatisticsNetwork((*[encoder.channels] * maps, vector_dim))
        self.whole = StatisticsNetwork((*[encoder.channels * encoder.cells] * maps, vector_dim))

    def forward(self, vector: Tensor, maps: Maps, negatives: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
        """Scores of joint and of shuffled pairs, by term."""
        whole = [one.flatten(1)[:, None] for one in maps]
        return {
            "local": self.local(maps, vector, negatives),
            "global": self.whole(whole, vector, negatives),
        }


class TwoViewMethod(Method):
    """A method on pairs (B, 2, C, H, W) of two domains X and Y, with an encoder of what they share in each.

    estimator: of mutual information, `jsd` as published, or the bounds `dv` and `infonce`.
    negatives: whose map a representation meets instead of its own: drawn in each step (`derangement`), or the
      next in the batch (`roll`, as in the public implementation).
    negative_count: how many of them.
    """

    num_views = 2

    def __init__(
        self, *, reg_wt: float, estimator: Estimator, negatives: Negatives, negative_count: int
    ) -> None:
        super().__init__(reg_wt=reg_wt)
        self.estimator, self.negatives, self.negative_count = estimator, negatives, negative_count
        self.min_batch_size = 1 + negative_count
        self.shared = nn.ModuleList()  # encoders of X and Y

    def shared_encoders(self) -> list[FeatureMapEncoder]:
        return [one for one in self.shared if isinstance(one, FeatureMapEncoder)]

    def information(
        self, critics: nn.ModuleList, maps: Sequence[Maps], vectors: Sequence[Tensor], negatives: Tensor
    ) -> dict[str, Tensor]:
        """The local and the global term, to minimise: sums over both domains, means over batch and cells."""
        estimate = ESTIMATORS[self.estimator]
        terms: dict[str, Tensor] = {}
        for critic, maps_of_one, vector in zip(critics, maps, vectors, strict=True):
            for term, scores in critic(vector, maps_of_one, negatives).items():
                loss = estimate(*scores)
                terms[term] = terms[term] + loss if term in terms else loss
        return terms

    def others(self, batch: Tensor, noise: NoiseDict | None) -> Tensor:
        """The drawn negatives (K, B); without noise always the same."""
        drawn = get_noise(noise, "negatives")
        return shifts(len(batch), self.negative_count, batch.device) if drawn is None else drawn

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict | None:
        """`negatives` (K, B), unless they are rolled."""
        drawn = derangements(batch_size, self.negative_count, generator, device)
        return {"negatives": drawn} if self.negatives == "derangement" else None


def both(first: nn.Module, second: nn.Module, *, tied: bool) -> nn.ModuleList:
    """A network for X and one for Y: the same for both where they are tied."""
    return nn.ModuleList([first, first if tied else second])

"""What SDIM and EDIM share: pairs of views, shared encoders, estimates of mutual information, negatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log
from typing import Literal, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import CallError
from ..nets.mi_networks import FeatureMapEncoder, StatisticsNetwork
from .method import Method, NoiseDict, get_noise

Estimator = Literal["jsd", "dv", "infonce"]
Negatives = Literal["derangement", "roll"]
Maps = Sequence[Tensor]


def jensen_shannon(joint: Tensor, marginal: Tensor) -> Tensor:
    """E sp(−T) + E sp(T′), sp the softplus: 2 log 2 − 2 JS(p ‖ q) for the best T, log p/q.

    It ranks like mutual information but is not in nats (Hjelm et al., ICLR 2019, eq. 4).
    """
    return F.softplus(-joint).mean() + F.softplus(marginal).mean()


def donsker_varadhan(joint: Tensor, marginal: Tensor) -> Tensor:
    """−(E T − log E exp T′), a lower bound of mutual information, negated (Belghazi et al., ICML 2018)."""
    return marginal.flatten().logsumexp(0) - log(marginal.numel()) - joint.mean()


def info_nce(joint: Tensor, marginal: Tensor) -> Tensor:
    """−E log[(K + 1) exp T / (exp T + Σₖ exp T′ₖ)], a lower bound of it, negated; at most log(K + 1).

    Source: van den Oord et al. 2018.
    """
    every = torch.cat([joint[None], marginal])  # (K + 1, B, P)
    return (every.logsumexp(0) - joint).mean() - log(len(every))


ESTIMATORS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "jsd": jensen_shannon,
    "dv": donsker_varadhan,
    "infonce": info_nce,
}


def shifts(n: int, count: int, device: torch.device | str | None = None) -> Tensor:
    """Negatives (count, n) for a batch of n: for i, first i + 1, then i + 2, …, modulo n; no randomness."""
    places = torch.arange(n, device=device)
    return (places + 1 + torch.arange(count, device=device)[:, None]) % n


def derangements(
    n: int, count: int, generator: torch.Generator | None, device: torch.device | str | None = None
) -> Tensor:
    """Random negatives (count, n): `shifts` in a random order of the batch, so never an item itself.

    Drawn where the generator lives.

    Raises:
        CallError: the batch has no more than `count` items.
    """
    if n <= count:
        raise CallError(
            f"a batch of {n} has {n - 1} others to be paired with, not {count}; "
            "raise --dataset.batch-size or lower negative-count"
        )
    drawn_on = device if generator is None else generator.device
    ring = torch.rand(n, generator=generator, device=drawn_on).argsort()
    return ring[shifts(n, count, drawn_on)][:, ring.argsort()].to(device)


@runtime_checkable
class SharesEncoders(Protocol):
    """A method with encoders of what X and Y share, which a second phase can reuse."""

    def shared_encoders(self) -> list[FeatureMapEncoder]:
        """The encoders of X and of Y: the same module twice where they are tied."""


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

    def mi_losses(
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

    def negatives_for(self, batch: Tensor, noise: NoiseDict | None) -> Tensor:
        """The drawn negatives (K, B); without noise always the same."""
        drawn = get_noise(noise, "negatives")
        return shifts(len(batch), self.negative_count, batch.device) if drawn is None else drawn

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> NoiseDict | None:
        """`negatives` (K, B), unless they are rolled."""
        drawn = derangements(batch_size, self.negative_count, generator, device)
        return {"negatives": drawn} if self.negatives == "derangement" else None


def maybe_tied(first: nn.Module, second: nn.Module, *, tied: bool) -> nn.ModuleList:
    """The networks of X and of Y: `first` for both where they are tied."""
    return nn.ModuleList([first, first if tied else second])

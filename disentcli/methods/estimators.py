"""Estimators of mutual information from scores of joint and of independent pairs."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Estimator = Literal["jsd", "dv", "infonce"]


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

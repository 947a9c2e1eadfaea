"""Linearity: do codes run along a line, and along an axis, while one factor takes all its values?"""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import Repeats
from ..errors import Unsupported
from ..registry import metric
from .factor_traversals import draw_traversals, varying_factors
from .sampling import FactorSampler, UnitSampler


class Linearity(TypedDict):
    """The scores, and those of each factor."""

    axis_ratio: float
    linear_ratio: float
    axis_alignment: float
    axis_ratio_of_means: float
    per_factor: np.ndarray


@metric("linearity")
def linearity(
    sampler: FactorSampler, random_state: np.random.RandomState, *, repeats: Repeats = 1024
) -> Linearity:
    """Linearity of traversals: `axis_ratio`, `linear_ratio` and `axis_alignment`, their quotient.

    The ratio of variances v (D,) is (max v / Σ v − 1/D) / (1 − 1/D): 1 where one of them is all. The axis
    ratio takes those of the codes of a traversal, the linear ratio those along its principal components.
    Means over `repeats` traversals, those aside that move no code, then geometric means over factors;
    `axis_ratio_of_means` is the ratio of the mean variances. Array: `per_factor` (4, F), of the factors with
    more than one value.
    Source: the metric of this name in disent 0.8 (Michlo).

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> linearity(sampler, np.random.RandomState(0), repeats=16)["axis_ratio"]
    1.0
    """
    factors = varying_factors(sampler.sizes)
    sampler = UnitSampler(sampler)
    per_factor = np.array([_measure(sampler, random_state, factor, repeats) for factor in factors]).T
    with np.errstate(divide="ignore"):
        means = np.exp(np.log(per_factor).mean(axis=1))
    return Linearity(
        axis_ratio=float(means[0]),
        linear_ratio=float(means[1]),
        axis_alignment=float(means[2]),
        axis_ratio_of_means=float(means[3]),
        per_factor=per_factor,
    )


def dominance(variances: np.ndarray) -> np.ndarray:
    """(max v / Σ v − 1/D) / (1 − 1/D) of variances (..., D): 1 where one is all, 0 where all are equal.

    >>> dominance(np.array([[2.0, 0, 0], [1, 1, 0], [1, 1, 1]])).tolist()
    [1.0, 0.25, 0.0]
    """
    even = 1 / variances.shape[-1]
    ratio = (variances.max(axis=-1) / variances.sum(axis=-1) - even) / (1 - even)
    return np.clip(ratio, 0.0, 1.0)  # rounding may leave −1e-17


def _measure(
    sampler: FactorSampler, rs: np.random.RandomState, factor: int, repeats: int
) -> tuple[float, float, float, float]:
    axes, lines, total = [], [], 0.0
    for codes in draw_traversals(sampler, rs, factor, repeats):
        if codes.shape[2] < 2:
            raise Unsupported("linearity compares codes with each other: it needs at least 2, got 1")
        centred = codes - codes.mean(axis=1, keepdims=True)
        covariance = centred.swapaxes(1, 2) @ centred / (codes.shape[1] - 1)
        variances = np.diagonal(covariance, axis1=1, axis2=2)
        moving = np.ptp(codes, axis=1).any(axis=1)
        axes.append(dominance(variances[moving]))
        lines.append(dominance(np.maximum(np.linalg.eigvalsh(covariance[moving]), 0.0)))
        total = total + variances.sum(axis=0)
    axis, line = np.concatenate(axes), np.concatenate(lines)
    if not len(axis):
        raise Unsupported(f"factor {factor} moves no code, so its line has no direction")
    alignment = axis / np.where(line > 0, line, 1.0)
    return (
        float(axis.mean()),
        float(line.mean()),
        float(alignment.mean()),
        float(dominance(np.asarray(total))),
    )

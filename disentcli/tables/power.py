"""How many seeds a t-test needs to find a difference: the power of the noncentral t distribution.

Cohen, Statistical Power Analysis for the Behavioral Sciences, 1988, chapter 2.
"""

from __future__ import annotations

import math
from typing import Literal

Design = Literal["two-sample", "paired"]
MOST = 100_000  # seeds; more are not looked for


def power(
    difference: float, std: float, seeds: int, level: float = 0.95, design: Design = "two-sample"
) -> float:
    """The probability that a two-sided t-test of 1 − level finds this difference of means.

    With n seeds and δ = |difference| / std, t is noncentral: two-sample with 2n − 2 degrees of freedom around
    δ·√(n/2), paired with n − 1 around δ·√n.

    Args:
        std: of one group, the same in both; for `paired`, of the differences.
        seeds: n, of each group.
    """
    from scipy.special import nctdtr, stdtrit

    if seeds < 2:
        return 0.0
    freedom = 2 * seeds - 2 if design == "two-sample" else seeds - 1
    center = abs(difference) / std * math.sqrt(seeds / 2 if design == "two-sample" else seeds)
    critical = float(stdtrit(freedom, (1 + level) / 2))
    below, above = nctdtr(freedom, center, -critical), 1 - nctdtr(freedom, center, critical)
    return float(above) + (0.0 if math.isnan(below) else float(below))


def seeds_needed(
    difference: float, std: float, level: float = 0.95, design: Design = "two-sample", wanted: float = 0.8
) -> int | None:
    """The fewest seeds of each group with which the test finds this difference with probability `wanted`.

    None where it would be more than 100,000; 2, the fewest of a test, where there is no deviation.

    >>> seeds_needed(0.5, 1.0), seeds_needed(0.5, 1.0, design="paired")
    (64, 34)
    """
    if std == 0:
        return 2 if difference else None

    def enough(seeds: int) -> bool:
        return power(difference, std, seeds, level, design) >= wanted

    high = 2
    while not enough(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high

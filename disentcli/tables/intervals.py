"""The mean over seeds with its interval: Student's t, bootstrap, or the standard deviation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Interval = Literal["t", "bootstrap", "std"]
RESAMPLES = 10_000
LEVEL = 0.95  # of confidence, unless another is asked for


@dataclass(frozen=True)
class Estimate:
    """Of `count` values: their mean and sample deviation (ddof 1), and `low` to `high` around the mean.

    One value has no deviation and no interval: those are None.
    """

    count: int
    mean: float
    std: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def half(self) -> float | None:
        """The longer side of the interval."""
        if self.low is None or self.high is None:
            return None
        return max(self.high - self.mean, self.mean - self.low)

    @property
    def lopsided(self) -> bool:
        """Whether the two sides differ, so that one number behind ± cannot describe the interval."""
        if self.low is None or self.high is None:
            return False
        up, down = self.high - self.mean, self.mean - self.low
        return not math.isclose(up, down, rel_tol=1e-9, abs_tol=1e-12)


def estimate(values: Sequence[float], interval: Interval = "t", level: float = LEVEL) -> Estimate | None:
    """The mean with an interval of this confidence level; None without values.

    `t`: ± t · s / √n, t of Student's distribution with n − 1 degrees of freedom. `bootstrap`: the quantiles
    of the means of 10,000 resamples, drawn with a fixed seed. `std`: ± s, whatever the level.

    >>> estimate([1.0, 2.0, 3.0], "std")
    Estimate(count=3, mean=2.0, std=1.0, low=1.0, high=3.0)
    """
    if not len(values):
        return None
    sample = np.asarray(values, dtype=float)
    mean = float(sample.mean())
    if len(sample) == 1:
        return Estimate(1, mean)
    std = float(sample.std(ddof=1))
    low, high = _bounds(sample, mean, std, interval, level)
    return Estimate(len(sample), mean, std, low, high)


def _bounds(
    sample: np.ndarray, mean: float, std: float, interval: Interval, level: float
) -> tuple[float, float]:
    if interval == "bootstrap":
        means = np.random.default_rng(0).choice(sample, (RESAMPLES, len(sample))).mean(axis=1)
        low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2]).tolist()
        return low, high
    half = std
    if interval == "t":
        from scipy.special import stdtrit

        half = float(stdtrit(len(sample) - 1, (1 + level) / 2)) * std / len(sample) ** 0.5
    return mean - half, mean + half


def interval_text(interval: Interval, level: float) -> str:
    """What the number behind ± is, in words."""
    if interval == "std":
        return "standard deviation"
    return f"{100 * level:g} % {'t' if interval == 't' else 'bootstrap'} interval of the mean"


def estimate_text(one: Estimate | None) -> str:
    """`0.146 ± 0.021`, or `0.146 [0.130, 0.151]` where the sides differ; – for nothing.

    The interval has two significant digits, the mean as many decimals.

    >>> estimate_text(estimate([0.10, 0.12, 0.14], "std")), estimate_text(estimate([0.123456]))
    ('0.120 ± 0.020', '0.1235')
    """
    if one is None:
        return "–"
    mean, *sides = rounded(one)
    if not sides:
        return mean
    return f"{mean} ± {sides[0]}" if len(sides) == 1 else f"{mean} [{sides[0]}, {sides[1]}]"


def rounded(one: Estimate) -> tuple[str, ...]:
    """The mean, then nothing, half the interval, or both its ends."""
    half = one.half
    if not half or not math.isfinite(half):
        return (f"{one.mean:.4g}",) if half is None else (f"{one.mean:.4g}", "0")
    decimals = 1 - math.floor(math.log10(half))
    if decimals > 6:  # too small to be written out
        numbers = [f"{one.mean:.4g}", f"{half:.2g}"]
        return tuple(numbers)
    shown = [one.low, one.high] if one.lopsided else [half]
    return tuple(
        f"{round(value, decimals):.{max(decimals, 0)}f}" for value in (one.mean, *shown) if value is not None
    )

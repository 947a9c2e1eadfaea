"""Axes: values to pixels, linearly or by their logarithm, and the round numbers written along them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDE = 30.0  # positive values whose largest is so many times the least are drawn on a logarithmic axis


@dataclass(frozen=True)
class Axis:
    """Maps values from `low` to `high` to pixels from `start` to `end`, linearly or by their logarithm."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """The pixel of a value."""
        low, high, value = (math.log10(v) if self.logarithmic else v for v in (self.low, self.high, value))
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def ticks(self, most: int = 5) -> list[float]:
        """At most so many round values within the axis."""
        return (
            decades(self.low, self.high, most)
            if self.logarithmic
            else round_values(self.low, self.high, most)
        )


def axis_over(values: Sequence[float], start: float, end: float) -> Axis:
    """The axis that holds these values; around a single value there is free space."""
    low, high = min(values), max(values)
    if low == high:
        margin = abs(low) / 2 or 0.5
        low, high = low - margin, high + margin
    return Axis(low, high, start, end, logarithmic=low > 0 and high / low > WIDE)


def round_values(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten.

    >>> round_values(0, 300, 4)
    [0.0, 100.0, 200.0, 300.0]
    """
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(size * m for m in (1, 2, 5, 10, 20) if _count(low, high, size * m) <= most)
    first = math.ceil(low / step - 1e-9)
    return [(first + n) * step for n in range(_count(low, high, step))]


def _count(low: float, high: float, step: float) -> int:
    return math.floor(high / step + 1e-9) - math.ceil(low / step - 1e-9) + 1


def decades(low: float, high: float, most: int) -> list[float]:
    """Powers of ten; with 2 and 5 times them where there is room.

    >>> decades(3, 150, 5)
    [5.0, 10.0, 20.0, 50.0, 100.0]
    """
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for factors in ((1, 2, 5), (1, 3), (1,)):
        found = [f * 10.0**p for p in powers for f in factors if low <= f * 10.0**p <= high]
        if len(found) <= most:
            return found
    return found[:: -(-len(found) // most)]

"""Learning rates over time: functions of the starting rate, the step and the length, without state."""

from __future__ import annotations

import math
from collections.abc import Callable

from ..coercion import NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from ..registry import scheduler

Schedule = Callable[[float, int, int], float]


@scheduler("cosine")
def cosine(
    *,
    end: NonNegativeFloat = 1e-5,
    every: PositiveInt = 1000,
    power: PositiveFloat = 1.6487212707001282,  # √e
) -> Schedule:
    """end + (start - end)(1 + cos(π p^power))/2 with p = step/steps, recomputed every so many steps.

    The schedule of the structural autoencoders' code (Leeb et al. 2023), whose end was 1e-4 at first and
    1e-5 since May 2021. A `start` below `end` rises to it.
    """

    def rate(start: float, step: int, steps: int) -> float:
        share = min(step // every * every / steps, 1.0)
        return end + (start - end) * (1 + math.cos(math.pi * share**power)) / 2

    return rate


@scheduler("drop")
def drop(*, factor: NonNegativeFloat = 0.1, last: NonNegativeInt = 1000) -> Schedule:
    """The starting rate, and `factor` times it in the last so many steps of the schedule."""

    def rate(start: float, step: int, steps: int) -> float:
        return start * factor if step >= steps - last else start

    return rate

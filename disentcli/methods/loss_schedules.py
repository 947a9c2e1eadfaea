"""Schedules of a regulariser's weight: functions of the full weight and the step, without state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import cos, pi

from ..errors import CallError
from ..registry import weighting


class WeightSchedule(ABC):
    """The weight of a regulariser at each step, given its full weight."""

    @abstractmethod
    def __call__(self, weight: float, step: int) -> float:
        """The weight at this step, counted from 0."""


class RisingSchedule(WeightSchedule):
    """A schedule from a share `start` of the full weight up to all of it at the step `steps`."""

    def __init__(self, *, start: float = 0.0, steps: int = 100_000) -> None:
        self.start = _share(start, "start")
        self.steps = _duration(steps, "steps")


@weighting("constant")
class ConstantSchedule(WeightSchedule):
    """w at every step.

    >>> ConstantSchedule()(4.0, 10)
    4.0
    """

    def __call__(self, weight: float, step: int) -> float:
        return weight


@weighting("linear")
class LinearSchedule(RisingSchedule):
    """w · min(start + t / steps, 1): `increase` of Montero et al. (NeurIPS 2022), for `start` 0 also QLAE's.

    >>> [LinearSchedule(steps=100)(4.0, step) for step in (0, 25, 100, 200)]
    [0.0, 1.0, 4.0, 4.0]
    """

    def __call__(self, weight: float, step: int) -> float:
        return weight * min(self.start + step / self.steps, 1.0)


@weighting("delayed")
class DelayedSchedule(RisingSchedule):
    """start · w up to the step `steps`, then w; with start 0 `fine_tune` of Locatello et al. (ICLR 2020).

    >>> [DelayedSchedule(steps=100)(4.0, step) for step in (0, 100, 101, 200)]
    [0.0, 0.0, 4.0, 4.0]
    """

    def __call__(self, weight: float, step: int) -> float:
        return weight if step > self.steps else self.start * weight


@weighting("steps")
class StepSchedule(WeightSchedule):
    """0, then shares of w: shares[k] from step starts[k] on; by default MusAE's (Valenti et al., ECAI 2020).

    >>> [StepSchedule(starts=(10, 20), shares=(0.5, 1))(4.0, step) for step in (0, 10, 19, 20)]
    [0.0, 2.0, 2.0, 4.0]
    """

    def __init__(
        self, *, starts: tuple[int, ...] = (10_000, 15_000), shares: tuple[float, ...] = (0.5, 1.0)
    ) -> None:
        if len(starts) != len(shares) or not starts or list(starts) != sorted(set(starts)) or starts[0] < 0:
            raise CallError(f"starts must rise, and shares be as many; got {starts} and {shares}")
        self.starts = starts
        self.shares = tuple(_share(share, "shares") for share in shares)

    def __call__(self, weight: float, step: int) -> float:
        begun = sum(step >= start for start in self.starts)
        return weight * self.shares[begun - 1] if begun else 0.0


@weighting("anneal-down")
class LinearDecay(WeightSchedule):
    """w · max(1 − t / steps, end), from the full weight down: `anneal` of Montero et al. (NeurIPS 2022).

    >>> [LinearDecay(end=0.1, steps=100)(10.0, step) for step in (0, 50, 200)]
    [10.0, 5.0, 1.0]
    """

    def __init__(self, *, end: float = 0.0, steps: int = 100_000) -> None:
        self.end = _share(end, "end")
        self.steps = _duration(steps, "steps")

    def __call__(self, weight: float, step: int) -> float:
        return weight * max(1.0 - step / self.steps, self.end)


@weighting("cosine")
class CosineSchedule(RisingSchedule):
    """w · (start + (1 − start)(1 − cos(π t / steps)) / 2) until `steps`, then w: half a wave upwards.

    >>> [round(CosineSchedule(steps=100)(4.0, step), 6) for step in (0, 50, 100, 200)]
    [0.0, 2.0, 4.0, 4.0]
    """

    def __call__(self, weight: float, step: int) -> float:
        rise = (1 - cos(pi * min(step / self.steps, 1.0))) / 2
        return weight * (self.start + (1 - self.start) * rise)


@weighting("cyclic")
class CyclicSchedule(WeightSchedule):
    """w · min(τ / ratio, 1), with τ = (t mod period) / period: Fu et al., NAACL 2019, eq. 6 and 7.

    >>> [CyclicSchedule(period=100)(4.0, step) for step in (0, 25, 50, 99, 100, 125)]
    [0.0, 2.0, 4.0, 4.0, 0.0, 2.0]
    """

    def __init__(self, *, period: int = 25_000, ratio: float = 0.5) -> None:
        self.period = _duration(period, "period")
        self.ratio = _share(ratio, "ratio")
        if not ratio:
            raise CallError("the ratio of a cyclic weighting is the rising part of a cycle; it cannot be 0")

    def __call__(self, weight: float, step: int) -> float:
        return weight * min(step % self.period / self.period / self.ratio, 1.0)


def _share(value: float, name: str) -> float:
    if not 0 <= value <= 1:
        raise CallError(f"{name} is a share of the full weight, from 0 to 1; got {value}")
    return value


def _duration(steps: int, name: str) -> int:
    if steps < 1:
        raise CallError(f"{name} must be at least 1 training step; got {steps}")
    return steps

"""Ratios of two timings in alternating blocks: the machine's drift falls on both sides alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ratio:
    """The median over pairs of time A ÷ time B, with its 95 % interval (bootstrap), and both median times."""

    median: float
    low: float
    high: float
    pairs: int
    seconds_a: float
    seconds_b: float

    def __str__(self) -> str:
        return f"{self.median:.3f} [{self.low:.3f}, {self.high:.3f}], {self.pairs} pairs"


Block = Callable[[], float | None]  # may tell the seconds that count; or else all of them do


def paired_ratio(a: Block, b: Block, *, pairs: int, seed: int = 0) -> Ratio:
    """Time A B, then B A, and so on, until there are `pairs` of them."""
    times = np.empty((pairs, 2))
    for pair in range(pairs):
        order = (0, 1) if pair % 2 == 0 else (1, 0)
        for side in order:
            times[pair, side] = _seconds((a, b)[side])
    return ratio_of(times, seed=seed)


def ratio_of(times: np.ndarray, *, seed: int = 0) -> Ratio:
    """The ratio of the first column to the second of seconds (pairs, 2)."""
    ratios, pairs = times[:, 0] / times[:, 1], len(times)
    draws = np.random.default_rng(seed).choice(ratios, size=(10_000, pairs))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    seconds_a, seconds_b = np.median(times, axis=0)
    return Ratio(float(np.median(ratios)), float(low), float(high), pairs, float(seconds_a), float(seconds_b))


def _seconds(run: Block) -> float:
    start = time.perf_counter()
    seconds = run()
    return time.perf_counter() - start if seconds is None else seconds

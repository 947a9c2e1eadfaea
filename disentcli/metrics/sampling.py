"""Points drawn uniformly from a full grid, in disentanglement_lib's order: factor values and their codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..errors import Unsupported
from .points import validate_matrix
from .standardize import common_unit, units_of

BATCH = 16  # the library draws factor by factor in batches of this size: another size gives other points


class FactorSampler(Protocol):
    """Codes of freshly chosen factors, for metrics that draw their own points."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of values of each factor."""
        ...

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        """Codes (N, D) of factor values (N, F); what these leave open, and noise, is drawn from `rs`."""
        ...


@dataclass(frozen=True)
class GridFactorSampler:
    """A `FactorSampler` over the grid of a run: sizes of the factors that vary, and codes of their values."""

    sizes: tuple[int, ...]
    encode: Callable[[np.ndarray, np.random.RandomState], np.ndarray]

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        """Codes (N, D) of images with these factor values (N, F); what is hidden is drawn from `rs`."""
        return self.encode(factors, rs)


@dataclass(frozen=True)
class NoSampler:
    """A sampler where single factors cannot be changed: its sizes and codes raise the reason."""

    reason: str

    @property
    def sizes(self) -> tuple[int, ...]:
        raise Unsupported(self.reason)

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        raise Unsupported(self.reason)


@dataclass(frozen=True)
class FunctionFactorSampler:
    """A `FactorSampler` of codes that are a function of the factors alone.

    >>> sampler = FunctionFactorSampler((2, 3), lambda factors: factors / 2)
    >>> sampler.codes(np.array([[1, 2]]), np.random.RandomState(0))
    array([[0.5, 1. ]])
    """

    sizes: tuple[int, ...]
    function: Callable[[np.ndarray], np.ndarray]

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        return self.function(factors)


class UnitSampler:
    """A `FactorSampler` of another's codes, divided by a power of two near the largest of those first drawn.

    `unit` is that power of two, for all codes or for each one of its own (D,): a score in units of the codes
    is multiplied by it.
    """

    def __init__(self, sampler: FactorSampler, *, for_each_code: bool = False) -> None:
        self.sampler, self.sizes = sampler, sampler.sizes
        self.unit = np.zeros(())
        self._unit_of = units_of if for_each_code else common_unit

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        """Codes (N, D) in that unit."""
        codes = validate_matrix(self.sampler.codes(factors, rs), "sampled codes")
        if not self.unit.any():
            self.unit = np.asarray(self._unit_of(codes))
        return codes / self.unit


def sample_factors(
    sizes: tuple[int, ...], count: int, rng: np.random.RandomState, batch: int = BATCH
) -> np.ndarray:
    """Factor values (count, F), uniform with replacement: the points that Locatello et al. 2019 evaluate on.

    Drawing 10,000 and then 5,000 from `RandomState(0)` gives the library's training and test points.
    """
    whole, rest = divmod(count, batch)
    bounds = np.repeat(sizes, batch)  # an array of bounds draws what one call for each of them draws in turn
    values = rng.randint(bounds, size=(whole, len(bounds))).reshape(whole, len(sizes), batch)
    last = rng.randint(np.repeat(sizes, rest)).reshape(len(sizes), rest)
    return np.concatenate([values.swapaxes(1, 2).reshape(-1, len(sizes)), last.T]).astype(np.int64)


def draw_points(
    sampler: FactorSampler, count: int, rs: np.random.RandomState, batch: int = BATCH
) -> tuple[np.ndarray, np.ndarray]:
    """Codes (count, D) and factors (count, F) of uniform points: for each batch, factors and then codes.

    Where the codes take nothing from `rs`, they are looked up all at once; the points are the same.
    """
    before = rs.get_state()
    factors = sample_factors(sampler.sizes, count, rs, batch)
    between = rs.get_state()
    codes = sampler.codes(factors, rs)
    if rng_unchanged(rs, between):
        return codes, factors
    rs.set_state(before)
    starts = range(0, count, batch)
    parts = [_batch(sampler, min(batch, count - start), rs) for start in starts]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def rng_unchanged(rs: np.random.RandomState, state: Any) -> bool:
    """Whether nothing was drawn from `rs` since its `get_state()` was `state`."""
    return all(np.array_equal(one, other) for one, other in zip(rs.get_state(), state, strict=True))


def _batch(sampler: FactorSampler, size: int, rs: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
    factors = sample_factors(sampler.sizes, size, rs, size)
    return sampler.codes(factors, rs), factors


def training_rows(rows: int, points: int, test_points: int) -> int:
    """How many of so many rows train: `points`, or two thirds where there are too few for both parts.

    Where none test, these are the rows that are measured on: `points`, or all.
    """
    if not test_points:
        return min(rows, points)
    return points if rows >= points + test_points else rows * 2 // 3

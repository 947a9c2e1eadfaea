"""Small grids whose images are their own places, so that a batch shows what was drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace

SPACE = FactorSpace(("shape", "scale", "hue", "x", "y"), (3, 4, 5, 6, 7))


def places(space: FactorSpace = SPACE, hidden: Sequence[str] = ()) -> Dataset:
    """A grid of vectors (1,), each its own place."""
    rows = np.arange(space.size, dtype=np.float32)[:, None]
    return Dataset("places", rows, (1,), grid=space, hidden=hidden)


def held_out(space: FactorSpace = SPACE) -> np.ndarray:
    """All but shape 0 in the right half."""
    return space.select(lambda at: (at["shape"] != 0) | (at["x"] < 3))


def listed(classes: int = 9, n: int = 4000) -> Dataset:
    """Vectors that are no grid, of `classes` classes and a finer label of 3."""
    rng = np.random.default_rng(0)
    labels = np.stack([rng.integers(0, classes, n), rng.integers(0, 3, n)], axis=1)
    rows = np.arange(n, dtype=np.float32)[:, None]
    return Dataset(
        "listed", rows, (1,), labels=labels, factor_names=("kind", "tone"), factor_sizes=(classes, 3)
    )


def fits(observed: npt.ArrayLike, expected: npt.ArrayLike) -> bool:
    """A chi-squared test of counts; what is expected never may not be there at all."""
    observed, expected = np.asarray(observed), np.asarray(expected, dtype=float)
    possible = expected > 0
    if observed[~possible].any():
        return False
    return possible.sum() == 1 or bool(stats.chisquare(observed[possible], expected[possible]).pvalue > 1e-3)


def is_uniform(drawn: np.ndarray, candidates: Sequence[np.ndarray]) -> bool:
    """Whether each drawn place is uniform among its (sorted) candidates, judged by its octile among them."""
    observed, expected = np.zeros((9, 8)), np.zeros((9, 8))
    for one, among in zip(drawn, candidates, strict=True):
        rank, bins = int(np.searchsorted(among, one)), min(len(among), 8)
        if rank == len(among) or among[rank] != one:
            return False
        observed[bins, rank * bins // len(among)] += 1
        edges = -(-np.arange(bins + 1) * len(among) // bins)
        expected[bins, :bins] += np.diff(edges) / len(among)
    return all(fits(observed[bins], expected[bins]) for bins in range(1, 9) if expected[bins].any())

"""Codes along traversals: all values of one factor in turn, the other factors drawn once and fixed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..errors import CallError, Unsupported
from .points import validate_matrix
from .sampling import FactorSampler
from .standardize import ROUNDING

CELLS = 1 << 21  # numbers handled at a time: 16 MB


def varying_factors(sizes: tuple[int, ...]) -> list[int]:
    """The factors with more than one value; Unsupported where there is none."""
    varying = [k for k, size in enumerate(sizes) if size > 1]
    if not varying:
        raise Unsupported("no factor has more than one value, so none can be traversed")
    return varying


def draw_traversals(
    sampler: FactorSampler, rs: np.random.RandomState, factor: int, repeats: int, copies: int = 1
) -> Iterator[np.ndarray]:
    """Codes (n, S, D) of `repeats` traversals of a factor of S values, a chunk at a time.

    Chunks are small enough for `copies` times their numbers to be held at once. A code that a traversal moves
    by rounding alone does not move in it.
    """
    if repeats < 1:
        raise CallError(f"expected a positive number of repeats, got {repeats}")
    size, chunk, reach = sampler.sizes[factor], 1, np.zeros(1)
    bases = rs.randint(sampler.sizes, size=(repeats, len(sampler.sizes)))
    while len(bases):
        values = np.repeat(bases[:chunk, None], size, axis=1)
        values[:, :, factor] = np.arange(size)
        codes = validate_matrix(sampler.codes(values.reshape(-1, values.shape[2]), rs), "sampled codes")
        reach = np.maximum(reach, np.abs(codes).max(axis=0))
        yield _without_rounding(codes.reshape(len(values), size, -1).astype(float), reach)
        bases = bases[chunk:]
        chunk = max(1, CELLS // (codes.size // len(values) * copies))


def _without_rounding(codes: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Codes (n, S, D), constant where they move by no more than rounding of their largest sizes (D,)."""
    moves = codes.max(axis=1, keepdims=True) / 2 - codes.min(axis=1, keepdims=True) / 2
    return np.where(moves > ROUNDING * (reach / 2), codes, codes[:, :1])

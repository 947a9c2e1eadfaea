"""Batches of points around one chosen factor, drawn in disentanglement_lib's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..errors import CallError, Unsupported
from .points import validate_matrix
from .sampling import FactorSampler, rng_unchanged

CHUNK = 1 << 16  # points whose codes are looked up at once

FactorBatches = tuple[np.ndarray, np.ndarray]
"""Chosen factors (n,) and codes (n, P, B, D)."""

Constraint = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Chosen factors (n,) and uniform values (n, P, B, F) → values that obey it; may change its argument."""


def sample_factor_batches(
    sampler: FactorSampler,
    rs: np.random.RandomState,
    count: int,
    shape: tuple[int, int],
    constraint: Constraint,
) -> Iterator[FactorBatches]:
    """Chosen factors (n,) and codes (n, P, B, D) of `count` draws, a chunk at a time.

    A draw chooses a factor uniformly and P batches of B uniform points (`shape` is (P, B)), to which the
    constraint is applied; their codes follow, batch by batch. Where codes take nothing from `rs`, those of a
    chunk are looked up at once, which changes no value.

    Raises:
        Unsupported: there is one factor only, so nothing can be chosen.
        CallError: the counts are not positive.
    """
    if len(sampler.sizes) < 2:
        raise Unsupported("the score tells factors apart: it needs at least 2, got 1")
    if min(count, *shape) < 1:
        raise CallError(f"expected positive numbers of batches and points, got {count} of {shape[1]}")
    size = max(1, CHUNK // (shape[0] * shape[1]))
    draw: Callable[..., FactorBatches | None] = _all_at_once
    for start in range(0, count, size):
        n, before = min(size, count - start), rs.get_state()
        batches = draw(sampler, rs, n, shape, constraint)
        if batches is None:
            rs.set_state(before)
            draw = _one_by_one
            batches = _one_by_one(sampler, rs, n, shape, constraint)
        yield batches


def fix_factor(chosen: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The chosen factor has the value of each batch's first point at all its points."""
    where = chosen[:, None, None, None]
    np.put_along_axis(factors, where, np.take_along_axis(factors[:, :, :1], where, axis=3), axis=3)
    return factors


def vary_factor(chosen: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """All factors but the chosen one have the values of each batch's first point at all its points."""
    where = chosen[:, None, None, None]
    fixed = np.repeat(factors[:, :, :1], factors.shape[2], axis=2)
    np.put_along_axis(fixed, where, np.take_along_axis(factors, where, axis=3), axis=3)
    return fixed


def pair_factor(chosen: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Point b of the second batch has the chosen factor's value of point b of the first."""
    where = chosen[:, None, None]
    np.put_along_axis(factors[:, 1], where, np.take_along_axis(factors[:, 0], where, axis=2), axis=2)
    return factors


def above_chance(accuracy: float, factors: int) -> float:
    """(a − 1/F) / (1 − 1/F): an accuracy among F factors, 0 at chance, as Zaidi et al. 2020 (code) give it.

    >>> round(above_chance(0.55, 4), 6)
    0.4
    """
    return (accuracy * factors - 1) / (factors - 1)


def _draw(
    sizes: tuple[int, ...], rs: np.random.RandomState, count: int, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Chosen factors (n,) and uniform values (n, P, B, F): for each draw the choice, then its batches.

    An array of bounds draws what one call for each of them draws in turn.
    """
    parts, batch = shape
    bounds = np.concatenate([[len(sizes)], np.tile(np.repeat(sizes, batch), parts)])
    drawn = rs.randint(bounds, size=(count, len(bounds)))
    return drawn[:, 0], drawn[:, 1:].reshape(count, parts, len(sizes), batch).swapaxes(2, 3)


def _all_at_once(
    sampler: FactorSampler,
    rs: np.random.RandomState,
    count: int,
    shape: tuple[int, int],
    constraint: Constraint,
) -> FactorBatches | None:
    """All batches from one look-up of codes; None if that drew from `rs`."""
    chosen, factors = _draw(sampler.sizes, rs, count, shape)
    between = rs.get_state()
    codes = _codes(sampler, rs, constraint(chosen, factors))
    return (chosen, codes) if rng_unchanged(rs, between) else None


def _one_by_one(
    sampler: FactorSampler,
    rs: np.random.RandomState,
    count: int,
    shape: tuple[int, int],
    constraint: Constraint,
) -> FactorBatches:
    """The same, where looking up codes draws from `rs` between the batches."""
    choices, codes = [], []
    for _ in range(count):
        chosen, factors = _draw(sampler.sizes, rs, 1, shape)
        choices.append(chosen)
        codes.append(np.stack([_codes(sampler, rs, batch) for batch in constraint(chosen, factors)[0]]))
    return np.concatenate(choices), np.stack(codes)


def _codes(sampler: FactorSampler, rs: np.random.RandomState, factors: np.ndarray) -> np.ndarray:
    """Codes (..., D) of factor values (..., F)."""
    codes = validate_matrix(sampler.codes(factors.reshape(-1, factors.shape[-1]), rs), "sampled codes")
    return codes.reshape(*factors.shape[:-1], -1).astype(float)

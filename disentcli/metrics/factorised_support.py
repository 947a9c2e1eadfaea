"""The factorised-support score: are all combinations of the values of two codes near codes that occur?"""

from __future__ import annotations

from itertools import combinations
from typing import Literal, TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import CallError, Unsupported
from ..registry import metric
from .points import validate_matrix
from .standardize import common_unit, rescaled

Batches = Literal["ordered", "random"]


class FactorisedSupport(TypedDict):
    """The score, and each pair of codes (D, D)."""

    factorised_support: float
    per_pair: np.ndarray


@metric("factorised_support")
def factorised_support(
    codes: np.ndarray,
    rng: np.random.Generator,
    *,
    batches: Batches = "ordered",
    batch_size: Count = 128,
    num_pairs: int | None = None,
) -> FactorisedSupport:
    """Distance of the codes (N, D) to a factorised support: 0 if it is the product of its codes' supports.

    In a batch, for a pair of codes (a, b): the largest, over all combinations (z_a of point m, z_b of point
    n), of the least squared distance to a point of the batch. Summed over pairs, mean over batches: N in
    order cut into batches (the last may be smaller), or as many "random" ones drawn with replacement. Points
    in the order of a grid make "ordered" batches that share factors: shuffle them before. In units of the
    codes squared: compare codes of one scale only. `num_pairs` random pairs a batch, None for all. Array:
    `per_pair` (D, D), each pair's mean over the batches that it was in.
    Raises Unsupported with fewer than 2 codes or points.
    Source: Roth et al. 2023 (arXiv 2210.07347), as computed by disentangling-correlated-factors.

    >>> corners = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]])  # (1, 1) is missing: 1 from the next
    >>> factorised_support(corners, np.random.default_rng(0))["factorised_support"]
    1.0
    """
    codes = validate_matrix(codes).astype(float)
    points, latent_dim = codes.shape
    if latent_dim < 2:
        raise Unsupported("a support factorises into those of at least 2 codes, got 1")
    if points < 2:
        raise Unsupported("the support of the codes needs at least 2 points, got 1")
    if batch_size < 2 or (num_pairs is not None and num_pairs < 1):
        raise CallError(f"batch_size {batch_size} must be at least 2, num_pairs {num_pairs} at least 1")
    unit = common_unit(codes)
    codes = codes / unit
    pairs = list(combinations(range(latent_dim), 2))
    seen = np.zeros((latent_dim, latent_dim))
    gaps = np.zeros((latent_dim, latent_dim))
    sums = []
    for batch in _batches(codes, batches, batch_size, rng):
        chosen = pairs if num_pairs is None or num_pairs >= len(pairs) else rng.permutation(pairs)[:num_pairs]
        found = [support_gap(batch[:, a], batch[:, b]) for a, b in chosen]
        for (a, b), gap in zip(chosen, found, strict=True):
            gaps[a, b] += gap
            seen[a, b] += 1
        sums.append(sum(found))
    per_pair = rescaled(gaps / np.maximum(seen, 1), unit, 2)
    score = float(rescaled(float(np.mean(sums)), unit, 2))
    return FactorisedSupport(factorised_support=score, per_pair=per_pair + per_pair.T)


def support_gap(one: np.ndarray, other: np.ndarray) -> float:
    """max over m, n of min over points p of (one_m − one_p)² + (other_n − other_p)², both (B,)."""
    across, down = (np.square(np.unique(values)[:, None] - values) for values in (one, other))
    nearest = np.full((len(across), len(down)), np.inf)
    distance = np.empty_like(nearest)
    for point in range(len(one)):
        np.add(across[:, point, None], down[:, point], out=distance)
        np.minimum(nearest, distance, out=nearest)
    return float(nearest.max())


def _batches(codes: np.ndarray, batches: Batches, size: int, rng: np.random.Generator) -> list[np.ndarray]:
    starts = range(0, len(codes), size)
    if batches == "ordered":
        return [codes[start : start + size] for start in starts]
    if batches == "random":
        return [codes[rng.integers(len(codes), size=size)] for _ in starts]
    raise CallError(f"unknown batches {batches!r}; known: ordered, random")

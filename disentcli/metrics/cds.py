"""The conditioned response matrix and the causal disentanglement score."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import Unsupported
from ..registry import metric
from .points import validate_matrix
from .response_matrix import Respond, Variant, draw_pairs, response_matrix, response_scale
from .standardize import common_unit, rescaled

EncodeFactors = Callable[[np.ndarray], np.ndarray]
"""Codes (N, D) of the images with these factor values (N, F)."""


class CDS(TypedDict):
    """The score, and the conditioned response matrix (F, D)."""

    causal_disentanglement: float
    conditioned_responses: np.ndarray


@metric("cds")
def cds(
    codes: np.ndarray,
    factor_sizes: tuple[int, ...],
    encode_factors: EncodeFactors,
    respond: Respond,
    rng: np.random.Generator,
    *,
    num_traversals: Count = 50,
    num_samples: Count = 32,
    variant: Variant = "latent-responses",
) -> CDS:
    """Causal disentanglement score: Σ_k max_f C[f, k] / Σ C, C the conditioned response matrix (F, D).

    C[f, k] measures how latent k answers to itself when it takes values that it has while factor f alone
    is traversed: the diagonal of the response matrix of such a traversal, mean over `num_traversals` of
    them. The sae-* variants take the minimum over traversals of the whole matrix, then the maximum over its
    columns. `num_samples` interventions a traversal belong to the default variant; sae-* intervene once on
    each code of the traversal, with the next value in a random order of them: the same order for all latents
    (sae-0.5.10), or a new one for each (sae-0.5.14).
    Source: Leeb et al. 2022 (arXiv 2106.16091), section 3.

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> codes, rng = factors.astype(float), np.random.default_rng(0)
    >>> cds(codes, (3, 4, 5), lambda values: values * 1.0, lambda z: z, rng)["causal_disentanglement"]
    1.0
    """
    if len(factor_sizes) < 2:
        raise Unsupported("the score compares factors with each other: it needs at least 2, got 1")
    if num_traversals < 1:
        raise Unsupported(
            f"the score is a mean over traversals of each factor, and num_traversals is {num_traversals}"
        )
    codes = validate_matrix(codes)
    unit = common_unit(codes)
    scale = response_scale(codes, variant) * unit
    rows = []
    for f, size in enumerate(factor_sizes):
        traversals = draw_factor_traversals(factor_sizes, f, num_traversals, rng)
        encoded = validate_matrix(encode_factors(traversals.reshape(-1, len(factor_sizes))), "traversals")
        groups = encoded.reshape(num_traversals, size, -1)
        rows.append(
            _reduce([_matrix(respond, g, num_samples, variant, rng) / scale for g in groups], variant)
        )
    conditioned = np.stack(rows)
    return CDS(
        causal_disentanglement=causal_disentanglement(conditioned),
        conditioned_responses=rescaled(conditioned, unit),
    )


def causal_disentanglement(conditioned: np.ndarray) -> float:
    """Σ_k max_f C[f, k] / Σ C of a conditioned response matrix C (F, D)."""
    total = conditioned.sum()
    if total == 0:
        raise Unsupported("no latent answers to any factor: every conditioned response is zero")
    return float(conditioned.max(axis=0).sum() / total)


def draw_factor_traversals(
    sizes: tuple[int, ...], factor: int, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Factor values (count, size, F): every value of one factor, the others uniform and fixed."""
    bases = np.stack([rng.integers(size, size=count) for size in sizes], axis=1)
    traversals = np.repeat(bases[:, None], sizes[factor], axis=1)
    traversals[:, :, factor] = np.arange(sizes[factor])
    return traversals


def _matrix(
    respond: Respond, group: np.ndarray, num_samples: int, variant: Variant, rng: np.random.Generator
) -> np.ndarray:
    if variant == "sae-0.5.14":
        pairs = draw_orders(len(group), group.shape[1], rng)
    else:
        count = num_samples if variant == "latent-responses" else len(group)
        pairs = draw_pairs(len(group), group.shape[1], count, variant, rng)
    return response_matrix(respond, group, *pairs)


def draw_orders(group: int, latent_dim: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Indices (D, n) of all n codes of a group, in an order of each latent's own, and of the next ones.

    No code is given its own value, and every value is given once.
    """
    bases = np.stack([rng.permutation(group) for _ in range(latent_dim)])
    return bases, np.roll(bases, -1, axis=1)


def _reduce(matrices: list[np.ndarray], variant: Variant) -> np.ndarray:
    """Responses (D,) of one factor from the matrices (D, D) of its traversals."""
    stacked = np.stack(matrices)
    if variant == "latent-responses":
        return np.diagonal(stacked, axis1=1, axis2=2).mean(axis=0)
    return stacked.min(axis=0).max(axis=1)

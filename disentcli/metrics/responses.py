"""Latent responses: how each latent, encoded anew, changes when another one is replaced."""

from __future__ import annotations

from functools import partial
from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import Unsupported
from ..registry import metric
from .cds import CDS, cds
from .points import validate_matrix
from .response_matrix import (
    Respond,
    Variant,
    draw_pairs,
    response_matrix,
    response_scale,
    samples_of,
)
from .sampling import FactorSampler


class _Matrix(TypedDict):
    causal_disentanglement_score: float
    response_matrix: np.ndarray


class Responses(_Matrix, total=False):
    """The response matrix (D, D), and the score and matrix of `cds` where there is a grid."""

    conditioned_responses: np.ndarray
    reason: str


@metric("responses")
def responses(
    codes: np.ndarray,
    respond: Respond,
    rng: np.random.Generator,
    grid: FactorSampler | None = None,
    *,
    num_samples: Count | None = None,
    num_traversals: Count = 50,
    variant: Variant = "latent-responses",
) -> Responses:
    """Latent response matrix (D, D), and the causal disentanglement score of `cds` where there is a grid.

    M[j, k] = sqrt(mean over samples of (r_k(z with z_j replaced) − r_k(z))²), r = encode ∘ decode: row j is
    the replaced latent, column k the one that answers. Samples and replacements are codes of the data, so
    that every autoencoder has one. `num_samples` defaults to the variant's own (100, 100, 256); sae-0.5.10
    divides each column by the standard deviation of its code. Without a `grid`, whose factors can be changed
    one at a time, the score is NaN and `reason` says so; `num_traversals` 0 leaves it out.
    Source: Leeb et al. 2022 (arXiv 2106.16091), section 3.

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> found = responses(factors.astype(float), lambda codes: codes, np.random.default_rng(0))
    >>> (found["response_matrix"] > 0).astype(int).tolist()  # each latent answers to itself alone
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    codes = validate_matrix(codes).astype(float)
    count = samples_of(variant) if num_samples is None else num_samples
    bases, values = draw_pairs(len(codes), codes.shape[1], count, variant, rng)
    matrix = response_matrix(respond, codes, bases, values) / response_scale(codes, variant)
    try:
        conditioned = _conditioned(codes, respond, grid, num_traversals, variant, rng)
    except Unsupported as reason:
        nan = float("nan")
        return Responses(response_matrix=matrix, causal_disentanglement_score=nan, reason=str(reason))
    return Responses(
        response_matrix=matrix,
        causal_disentanglement_score=conditioned["causal_disentanglement"],
        conditioned_responses=conditioned["conditioned_responses"],
    )


def _conditioned(
    codes: np.ndarray,
    respond: Respond,
    grid: FactorSampler | None,
    num_traversals: int,
    variant: Variant,
    rng: np.random.Generator,
) -> CDS:
    if grid is None:
        raise Unsupported("the data are not a full grid of factors, so single factors cannot be changed")
    draws = np.random.RandomState(rng.integers(2**32))
    encode = partial(grid.codes, rs=draws)
    return cds(codes, grid.sizes, encode, respond, rng, num_traversals=num_traversals, variant=variant)

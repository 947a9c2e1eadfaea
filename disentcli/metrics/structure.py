"""The structure score: how far the prior is from the responses to it, by maximum mean discrepancy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np
from scipy.spatial.distance import cdist

from ..config.coercion import Count
from ..errors import Unsupported
from ..methods.latent_samples import LatentSamples
from ..registry import metric
from .points import validate_matrix

SampleLatents = Callable[[int], LatentSamples]
"""So many codes drawn from the prior, as many responses to them, and codes drawn from the posterior."""

CELLS = 1 << 22  # distances computed at once: 32 MiB


class Structure(TypedDict):
    """MMD² between the prior and its responses, and of each of them with the aggregate posterior."""

    structure_score: float
    prior_posterior: float
    posterior_response: float


@metric("structure")
def structure(sample_latents: SampleLatents, *, num_samples: Count = 10_000) -> Structure:
    """MMD² between `num_samples` codes of the prior and the responses to them, 0 where they agree.

    Beside it, MMD² of the prior and of the responses with the aggregate posterior. MMD² = E k(a, a') +
    E k(b, b') − 2 E k(a, b) over different points, k(a, b) = D / (D + ‖a − b‖²), as of `unbiased_mmd` with
    the scale 1: it may be a little below 0. Codes and responses are drawn from their distributions. A prior
    has a scale and a place, on which the scores depend.
    Raises Unsupported for a model without a prior, and with fewer than 2 points.
    Source: code of Leeb et al. (Structure by Architecture, ICLR 2023), state of August 2021.

    >>> from disentcli.methods.latent_samples import LatentSamples
    >>> drawn = np.random.default_rng(0).normal(size=(3, 500, 2))
    >>> found = structure(lambda count: LatentSamples(*drawn[:, :count]), num_samples=400)
    >>> abs(found["structure_score"]) < 0.01
    True
    """
    drawn = tuple(map(validate_matrix, sample_latents(num_samples)))
    fewest = min(map(len, drawn))
    if fewest < 2:
        raise Unsupported(f"a discrepancy needs at least 2 points of each distribution, got {fewest}")
    prior, posterior, responses = drawn
    own, of_posterior, of_responses = map(mean_within, drawn)
    return Structure(
        structure_score=own + of_responses - 2 * mean_across(prior, responses),
        prior_posterior=own + of_posterior - 2 * mean_across(prior, posterior),
        posterior_response=of_posterior + of_responses - 2 * mean_across(posterior, responses),
    )


def mean_within(points: np.ndarray) -> float:
    """The mean of the kernel over pairs of different points (N, D), of which there are at least 2."""
    count = len(points)
    return (count * mean_across(points, points) - 1) / (count - 1)


def mean_across(one: np.ndarray, other: np.ndarray) -> float:
    """The mean of the kernel D / (D + ‖a − b‖²) over pairs of points (A, D) and (B, D), in blocks.

    >>> mean_across(np.zeros((3, 2)), np.ones((5, 2)))  # 2 / (2 + 2)
    0.5
    """
    base, total = one.shape[1], 0.0
    rows = max(1, CELLS // len(other))
    for start in range(0, len(one), rows):
        kernel = cdist(one[start : start + rows], other, "sqeuclidean")
        kernel += base
        total += float(np.divide(base, kernel, out=kernel).sum())
    return total / (len(one) * len(other))

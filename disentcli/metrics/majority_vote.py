"""Votes of single codes for the factor that a scene holds or varies, and the majority's accuracy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import CallError
from .factor_batches import Arrange, sample_factor_batches
from .metric_warnings import warn
from .points import validate_matrix
from .sampling import FactorSampler, draw_points
from .standardize import constant_codes


def code_variances(sampler: FactorSampler, rs: np.random.RandomState, count: int) -> np.ndarray:
    """Variance (D,) of the codes of `count` uniform points, drawn as one batch; 0 of constant ones."""
    if count < 2:
        raise CallError(f"a variance needs at least 2 points, got {count}")
    codes, _ = draw_points(sampler, count, rs, batch=count)
    codes = validate_matrix(codes, "sampled codes").astype(float)
    return np.where(constant_codes(codes), 0.0, codes.var(axis=0, ddof=1))


def count_votes(
    sampler: FactorSampler,
    rs: np.random.RandomState,
    count: int,
    batch_size: int,
    arrange: Arrange,
    elect: Callable[[np.ndarray], np.ndarray],
    latent_dim: int,
) -> np.ndarray:
    """Votes (F, D): how often each code was elected while each factor was the chosen one.

    elect: variances (n, D) of the codes within scenes → indices of codes (n,).
    """
    if batch_size < 2:
        raise CallError(f"a variance needs a batch-size of at least 2, got {batch_size}")
    votes = np.zeros((len(sampler.sizes), latent_dim), dtype=np.int64)
    for chosen, codes in sample_factor_batches(sampler, rs, count, (1, batch_size), arrange):
        np.add.at(votes, (chosen, elect(codes[:, 0].var(axis=1, ddof=1))), 1)
    return votes


def warn_of_pruning(deviations: np.ndarray, threshold: float) -> None:
    """Warn where codes vary, with deviations (D,), and the threshold leaves none of them."""
    if 0 < deviations.max() < threshold:
        warn(
            f"no code takes part: their standard deviations are at most {deviations.max():.2g}, "
            f"prune_threshold is {threshold:g}; it is not relative to the codes' scale"
        )


def majority_accuracy(train_votes: np.ndarray, votes: np.ndarray) -> float:
    """Share of votes (F, D) for the factor that has most training votes of that code (ties: the first)."""
    if not votes.any():
        return 0.0
    majority = train_votes.argmax(axis=0)
    return float(votes[majority, np.arange(votes.shape[1])].sum() / votes.sum())

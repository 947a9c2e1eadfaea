"""The FactorVAE score (Z-min-var): does the code that varies least predict which factor was fixed?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import CallError
from ..registry import metric
from .factor_batches import Constraint, above_chance, fix_factor, sample_factor_batches
from .metric_warnings import warn
from .points import validate_matrix
from .sampling import FactorSampler, UnitSampler, draw_points
from .standardize import constant_codes, rescaled

SelectCode = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Variances (n, A) of active codes within batches, and (A,) over all points → the code selected (n,)."""


class MajorityVoteScore(TypedDict):
    """Accuracies on the training and on the evaluation batches, and the votes (F, D) that they are of."""

    train_accuracy: float
    eval_accuracy: float
    train_above_chance: float
    eval_above_chance: float
    num_active_dims: float
    train_votes: np.ndarray
    eval_votes: np.ndarray


@metric("z_min_var")  # the name in Zaidi et al. 2020
@metric("factor_vae")
def factor_vae(
    sampler: FactorSampler,
    random_state: np.random.RandomState,
    *,
    batch_size: Count = 64,
    num_train: Count = 10_000,
    num_eval: Count = 5_000,
    num_variance_estimate: Count = 10_000,
    prune_threshold: float = 0.05,
    library_count: bool = False,
) -> MajorityVoteScore:
    """FactorVAE score: accuracy of the majority vote of argmin_i Var(zᵢ) / Var_all(zᵢ) for the factor held.

    Codes whose global standard deviation is below `prune_threshold` take no part (0.05 in the 2019 study, 0
    by default in its code); with none left, scores are 0. `num_active_dims` is the number of those that do;
    with `library_count` that of all codes, which the library gives under this name.
    `*_above_chance` are the accuracies rescaled as Zaidi et al. 2020 do (`above_chance`).
    Arrays: votes (F, D).
    Source: Kim & Mnih 2018, section 4, as computed by Locatello et al. 2019.

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> factor_vae(sampler, np.random.RandomState(0), num_train=200, num_eval=100)["eval_accuracy"]
    1.0
    """
    sampler = UnitSampler(sampler, for_each_code=True)
    variances, deviations = code_variances(sampler, random_state, num_variance_estimate)
    active = prune(deviations, prune_threshold)
    votes = [
        count_votes(sampler, random_state, count, batch_size, fix_factor, _least, variances, active)
        for count in (num_train, num_eval)
    ]
    num_active = len(variances) if library_count and len(active) else len(active)
    return majority_vote_score(votes[0], votes[1], num_active)


z_min_var = factor_vae


def code_variances(
    sampler: UnitSampler, rs: np.random.RandomState, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Variances (D,) in the sampler's unit, 0 of constant codes, and deviations (D,) in that of the codes.

    They are those of `count` uniform points, drawn as one batch.
    """
    if count < 2:
        raise CallError(f"a variance needs at least 2 points, got {count}")
    codes, _ = draw_points(sampler, count, rs, batch=count)
    codes = validate_matrix(codes, "sampled codes").astype(float)
    variances = np.where(constant_codes(codes), 0.0, codes.var(axis=0, ddof=1))
    return variances, rescaled(np.sqrt(variances), sampler.unit)


def prune(deviations: np.ndarray, threshold: float) -> np.ndarray:
    """Indices (A,) of the codes with deviations (D,) of at least the threshold; warns where none is left."""
    if 0 < deviations.max() < threshold:
        warn(
            f"no code takes part: their standard deviations are at most {deviations.max():.2g}, "
            f"prune_threshold is {threshold:g}; it is not relative to the codes' scale"
        )
    return np.flatnonzero(deviations >= threshold)


def count_votes(
    sampler: FactorSampler,
    rs: np.random.RandomState,
    count: int,
    batch_size: int,
    constraint: Constraint,
    select_code: SelectCode,
    variances: np.ndarray,
    active: np.ndarray,
) -> np.ndarray:
    """Votes (F, D): how often each of the active codes was selected while each factor was the chosen one."""
    if len(active) and batch_size < 2:
        raise CallError(f"a variance needs a batch-size of at least 2, got {batch_size}")
    votes = np.zeros((len(sampler.sizes), len(variances)), dtype=np.int64)
    if not len(active):
        return votes
    for chosen, codes in sample_factor_batches(sampler, rs, count, (1, batch_size), constraint):
        within = codes[:, 0].var(axis=1, ddof=1)[:, active]
        np.add.at(votes, (chosen, active[select_code(within, variances[active])]), 1)
    return votes


def majority_accuracy(train_votes: np.ndarray, votes: np.ndarray) -> float:
    """Share of votes (F, D) for the factor that has most training votes of that code (ties: the first)."""
    if not votes.any():
        return 0.0
    majority = train_votes.argmax(axis=0)
    return float(votes[majority, np.arange(votes.shape[1])].sum() / votes.sum())


def majority_vote_score(
    train_votes: np.ndarray, eval_votes: np.ndarray, num_active_dims: int
) -> MajorityVoteScore:
    """The scores of votes (F, D) on training and on evaluation batches."""
    train_accuracy = majority_accuracy(train_votes, train_votes)
    eval_accuracy = majority_accuracy(train_votes, eval_votes)
    return MajorityVoteScore(
        train_accuracy=train_accuracy,
        eval_accuracy=eval_accuracy,
        train_above_chance=above_chance(train_accuracy, len(train_votes)),
        eval_above_chance=above_chance(eval_accuracy, len(train_votes)),
        num_active_dims=float(num_active_dims),
        train_votes=train_votes,
        eval_votes=eval_votes,
    )


def _least(within: np.ndarray, variances: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # without pruning a constant code is 0/0, which argmin selects
        return np.asarray((within / variances).argmin(axis=1))

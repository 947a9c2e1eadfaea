"""The RF-VAE score (Z-max-var): does the code that varies most tell which factor was varied?"""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import PositiveInt
from ..registry import metric
from .factor_batches import above_chance, vary
from .majority_vote import code_variances, count_votes, majority_accuracy, warn_of_pruning
from .sampling import FactorSampler, UnitSampler
from .standardize import rescaled


class RFVAEScore(TypedDict):
    train_accuracy: float
    eval_accuracy: float
    train_above_chance: float
    eval_above_chance: float
    num_active_dims: float
    train_votes: np.ndarray
    eval_votes: np.ndarray


@metric("z_max_var")  # the name in Zaidi et al. 2020
@metric("rf_vae")
def rf_vae(
    sampler: FactorSampler,
    random_state: np.random.RandomState,
    *,
    batch_size: PositiveInt = 64,
    num_train: PositiveInt = 10_000,
    num_eval: PositiveInt = 5_000,
    num_variance_estimate: PositiveInt = 10_000,
    prune_threshold: float = 0.05,
) -> RFVAEScore:
    """RF-VAE score: accuracy of the majority vote of argmax_i Var(zᵢ) / Var_all(zᵢ) for the factor varied.

    The FactorVAE score the other way round: in each batch one factor is uniform and all others are held.
    Codes whose global standard deviation is below `prune_threshold` take no part, nor do constant ones;
    with none left, scores are 0. `*_above_chance` are the accuracies rescaled as Zaidi et al. do
    (`above_chance`). Arrays: votes (F, D).
    Source: Kim et al. 2019 (Relevance Factor VAE, arXiv 1902.01568), as in Zaidi et al. 2020.
    """
    sampler = UnitSampler(sampler, for_each_code=True)
    variances = code_variances(sampler, random_state, num_variance_estimate)
    deviations = rescaled(np.sqrt(variances), sampler.unit)
    warn_of_pruning(deviations, prune_threshold)
    active = np.flatnonzero((deviations >= prune_threshold) & (variances > 0))

    def most(local: np.ndarray) -> np.ndarray:
        return active[(local[:, active] / variances[active]).argmax(axis=1)]

    votes = [
        count_votes(sampler, random_state, count, batch_size, vary, most, len(variances))
        if len(active)
        else np.zeros((len(sampler.sizes), len(variances)), dtype=np.int64)
        for count in (num_train, num_eval)
    ]
    train_accuracy, eval_accuracy = majority_accuracy(votes[0], votes[0]), majority_accuracy(*votes)
    return RFVAEScore(
        train_accuracy=train_accuracy,
        eval_accuracy=eval_accuracy,
        train_above_chance=above_chance(train_accuracy, len(sampler.sizes)),
        eval_above_chance=above_chance(eval_accuracy, len(sampler.sizes)),
        num_active_dims=float(len(active)),
        train_votes=votes[0],
        eval_votes=votes[1],
    )

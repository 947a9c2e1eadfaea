"""The FactorVAE score (Z-min-var): does the code that varies least tell which factor was held?"""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import PositiveInt
from ..registry import metric
from .factor_batches import above_chance, hold
from .majority_vote import code_variances, count_votes, majority_accuracy, warn_of_pruning
from .sampling import FactorSampler, UnitSampler
from .standardize import rescaled


class FactorVAEScore(TypedDict):
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
    batch_size: PositiveInt = 64,
    num_train: PositiveInt = 10_000,
    num_eval: PositiveInt = 5_000,
    num_variance_estimate: PositiveInt = 10_000,
    prune_threshold: float = 0.05,
    library_count: bool = False,
) -> FactorVAEScore:
    """FactorVAE score: accuracy of the majority vote of argmin_i Var(zᵢ) / Var_all(zᵢ) for the factor held.

    Codes whose global standard deviation is below `prune_threshold` take no part (0.05 in the 2019 study, 0
    by default in its code); with none left, scores are 0. `num_active_dims` is the number of those that do;
    with `library_count` that of all codes, which the library gives under this name.
    `*_above_chance` are the accuracies rescaled as Zaidi et al. 2020 do (`above_chance`).
    Arrays: votes (F, D).
    Source: Kim & Mnih 2018, section 4, as computed by Locatello et al. 2019.
    """
    sampler = UnitSampler(sampler, for_each_code=True)
    variances = code_variances(sampler, random_state, num_variance_estimate)
    deviations = rescaled(np.sqrt(variances), sampler.unit)
    warn_of_pruning(deviations, prune_threshold)
    active = np.flatnonzero(deviations >= prune_threshold)

    def least(local: np.ndarray) -> np.ndarray:
        with np.errstate(invalid="ignore"):  # without pruning a constant code is 0/0, which argmin elects
            return active[(local[:, active] / variances[active]).argmin(axis=1)]

    votes = [
        count_votes(sampler, random_state, count, batch_size, hold, least, len(variances))
        if len(active)
        else np.zeros((len(sampler.sizes), len(variances)), dtype=np.int64)
        for count in (num_train, num_eval)
    ]
    train_accuracy, eval_accuracy = majority_accuracy(votes[0], votes[0]), majority_accuracy(*votes)
    return FactorVAEScore(
        train_accuracy=train_accuracy,
        eval_accuracy=eval_accuracy,
        train_above_chance=above_chance(train_accuracy, len(sampler.sizes)),
        eval_above_chance=above_chance(eval_accuracy, len(sampler.sizes)),
        num_active_dims=float(len(variances) if library_count and len(active) else len(active)),
        train_votes=votes[0],
        eval_votes=votes[1],
    )

"""The RF-VAE score (Z-max-var): does the code that varies most tell which factor was varied?"""

from __future__ import annotations

import numpy as np

from ..config.coercion import Count
from ..registry import metric
from .factor_batches import vary_factor
from .factor_vae import MajorityVoteScore, code_variances, count_votes, majority_vote_score, prune
from .sampling import FactorSampler, UnitSampler


@metric("z_max_var")  # the name in Zaidi et al. 2020
@metric("rf_vae")
def rf_vae(
    sampler: FactorSampler,
    random_state: np.random.RandomState,
    *,
    batch_size: Count = 64,
    num_train: Count = 10_000,
    num_eval: Count = 5_000,
    num_variance_estimate: Count = 10_000,
    prune_threshold: float = 0.05,
) -> MajorityVoteScore:
    """RF-VAE score: accuracy of the majority vote of argmax_i Var(zᵢ) / Var_all(zᵢ) for the factor varied.

    The FactorVAE score the other way round: in each batch one factor is uniform and all others are fixed.
    Codes whose global standard deviation is below `prune_threshold` take no part, nor do constant ones;
    with none left, scores are 0. `*_above_chance` are the accuracies rescaled as Zaidi et al. do
    (`above_chance`). Arrays: votes (F, D).
    Source: Kim et al. 2019 (Relevance Factor VAE, arXiv 1902.01568), as in Zaidi et al. 2020.

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> rf_vae(sampler, np.random.RandomState(0), num_train=200, num_eval=100)["eval_accuracy"]
    1.0
    """
    sampler = UnitSampler(sampler, for_each_code=True)
    variances, deviations = code_variances(sampler, random_state, num_variance_estimate)
    active = prune(deviations, prune_threshold)
    active = active[variances[active] > 0]
    votes = [
        count_votes(sampler, random_state, count, batch_size, vary_factor, _most, variances, active)
        for count in (num_train, num_eval)
    ]
    return majority_vote_score(votes[0], votes[1], len(active))


z_max_var = rf_vae


def _most(within: np.ndarray, variances: np.ndarray) -> np.ndarray:
    return np.asarray((within / variances).argmax(axis=1))

"""The β-VAE score (Z-diff): does the difference of two batches' codes predict which factor they share?"""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..registry import metric
from .factor_batches import above_chance, pair_factor, sample_factor_batches
from .linear_models import Solver, fit_logistic
from .sampling import FactorSampler
from .standardize import penalised_units, scaling_of


class BetaVAEScore(TypedDict):
    """Accuracies on the training and on the evaluation points, as they are and above chance."""

    train_accuracy: float
    eval_accuracy: float
    train_above_chance: float
    eval_above_chance: float


@metric("z_diff")  # the name in Zaidi et al. 2020
@metric("beta_vae")
def beta_vae(
    sampler: FactorSampler,
    random_state: np.random.RandomState,
    *,
    batch_size: Count = 64,
    num_train: Count = 10_000,
    num_eval: Count = 5_000,
    solver: Solver = "liblinear",
    standardise: bool = False,
) -> BetaVAEScore:
    """β-VAE score: accuracy of a logistic regression that names the factor k which two batches share.

    A point is x = mean over B pairs of |z − z′|, whose factors agree in k and are uniform otherwise; the
    classifier learns k from x (D,) on `num_train` points and is scored on these and on `num_eval` others.
    Points, and with `liblinear` the classifier, are those of the 2019 study; `lbfgs` is what the same code
    computes since scikit-learn 0.22. Its penalty depends on the scale of x where that is small; `standardise`
    gives x mean 0 and deviation 1 first. `*_above_chance` are the accuracies rescaled to
    (a − 1/F) / (1 − 1/F), the form of Zaidi et al. 2020 (arXiv 2012.09276).
    Source: Higgins et al. 2017, section 3, as computed by Locatello et al. 2019.

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> beta_vae(sampler, np.random.RandomState(0), num_train=200, num_eval=100)["eval_accuracy"]
    1.0
    """
    points, chosen = _points(sampler, random_state, num_train, batch_size)
    if solver == "liblinear":
        random_state.randint(np.iinfo(np.int32).max)  # liblinear took its seed here, before the eval points
    scaled = scaling_of(points) if standardise else penalised_units(points, "regression")
    model = fit_logistic(scaled(points), chosen, solver)
    eval_points, eval_chosen = _points(sampler, random_state, num_eval, batch_size)
    train_accuracy = float(np.mean(model.predict(scaled(points)) == chosen))
    eval_accuracy = float(np.mean(model.predict(scaled(eval_points)) == eval_chosen))
    return BetaVAEScore(
        train_accuracy=train_accuracy,
        eval_accuracy=eval_accuracy,
        train_above_chance=above_chance(train_accuracy, len(sampler.sizes)),
        eval_above_chance=above_chance(eval_accuracy, len(sampler.sizes)),
    )


z_diff = beta_vae


def _points(
    sampler: FactorSampler, rs: np.random.RandomState, count: int, batch_size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Differences (count, D) and the factors shared (count,)."""
    points, chosen = [], []
    for factors, codes in sample_factor_batches(sampler, rs, count, (2, batch_size), pair_factor):
        points.append(np.abs(codes[:, 0] - codes[:, 1]).mean(axis=1))
        chosen.append(factors)
    return np.concatenate(points), np.concatenate(chosen)

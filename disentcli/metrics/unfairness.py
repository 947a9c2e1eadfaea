"""Unfairness: how far predictions of one factor from the codes depend on another factor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import CallError, Unsupported
from ..registry import metric
from .metric_warnings import check_training
from .points import validate_matrix
from .sampling import FactorSampler, draw_points, sample_factors
from .standardize import learning_units
from .trees import fit_boosted_each

Predictor = Callable[[np.ndarray], np.ndarray]


class Unfairness(TypedDict):
    """The scores, and those of each pair of factors (F, F)."""

    mean: float
    max: float
    mean_per_pair: np.ndarray
    max_per_pair: np.ndarray


@metric("unfairness")
def unfairness(
    sampler: FactorSampler,
    random_state: np.random.RandomState,
    *,
    train_points: Count = 10_000,
    base_points: Count = 100,
    predictor: str = "gbt",
    seed: int = 0,
    n_jobs: int | None = None,
) -> Unfairness:
    """Total variation between predictions ŷ of factor i when factor j is set to each of its values.

    A classifier for each target i learns from `train_points` uniform points. For each sensitive j ≠ i,
    `base_points` drawn points have factor j set to each value c in turn, all else kept:
    TV(c) = ½ Σₜ |p(ŷ = t | c) − p(ŷ = t)|. `mean` is the mean over c, i and j, the published score; `max` the
    mean over i and j of the largest TV(c). Both are 0 where predictions ignore the other factors.
    Arrays: `mean_per_pair` and `max_per_pair` (F, F), targets × sensitive factors, 0 on the diagonal.

    predictor: `gbt`, boosted trees, the published one (its choice between equal splits is drawn from `seed`);
    `tree`, one decision tree of depth 8 with at least 5 points a leaf.
    Source: Locatello et al. 2019, "On the Fairness of Disentangled Representations", section 4.

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> unfairness(sampler, np.random.RandomState(0), train_points=200, predictor="tree")["mean"]
    0.0

    Raises:
        Unsupported: a single factor.
        CallError: an unknown predictor.
    """
    if predictor not in PREDICTORS:
        raise CallError(f"unfairness has no predictor {predictor!r}; choose one of {', '.join(PREDICTORS)}")
    count = len(sampler.sizes)
    if count < 2:
        raise Unsupported("unfairness compares factors with each other: it needs at least 2, got 1")
    codes, factors = draw_points(sampler, train_points, random_state)
    check_training(train_points, max(sampler.sizes), codes.shape[1])
    units = learning_units(validate_matrix(codes, "sampled codes"))
    mean, largest = np.zeros((count, count)), np.zeros((count, count))
    for target, predict in enumerate(PREDICTORS[predictor](units(codes), factors, seed, n_jobs)):
        for sensitive in range(count):
            if sensitive != target:
                changed = np.concatenate(list(_interventions(sampler, sensitive, base_points, random_state)))
                counts = _table(predict(units(changed)), sampler.sizes[target], sampler.sizes[sensitive])
                mean[target, sensitive], largest[target, sensitive] = total_variation(counts)
    pairs = count * (count - 1)
    return Unfairness(
        mean=float(mean.sum() / pairs),
        max=float(largest.sum() / pairs),
        mean_per_pair=mean,
        max_per_pair=largest,
    )


def total_variation(counts: np.ndarray) -> tuple[float, float]:
    """Mean, weighted by group size, and maximum of ½ Σₜ |p(t | c) − p(t)| over the groups c: counts (T, C).

    >>> total_variation(np.array([[3, 1], [1, 3]]))
    (0.25, 0.25)
    """
    sizes = counts.sum(axis=0)
    shares, overall = counts / sizes, counts.sum(axis=1) / counts.sum()
    distances = np.abs(shares - overall[:, None]).sum(axis=0) / 2
    return float(np.average(distances, weights=sizes)), float(distances.max())


def _interventions(
    sampler: FactorSampler, factor: int, points: int, random_state: np.random.RandomState
) -> Iterator[np.ndarray]:
    """Codes (points, D) of the same factor values but for one, which takes each of its values in turn."""
    values = sample_factors(sampler.sizes, points, random_state, batch=points)
    for value in range(sampler.sizes[factor]):
        values[:, factor] = value
        yield sampler.codes(values.copy(), random_state)


def _table(predicted: np.ndarray, classes: int, groups: int) -> np.ndarray:
    """How often each class is predicted in each group; the groups are of one size and follow each other."""
    columns = predicted.astype(np.int64).reshape(groups, -1)
    return np.stack([np.bincount(column, minlength=classes) for column in columns], axis=1)


def _boosted(codes: np.ndarray, factors: np.ndarray, seed: int, n_jobs: int | None) -> list[Predictor]:
    stream = np.random.RandomState(seed)
    return [model.predict for model in fit_boosted_each(codes, factors, random_state=stream, n_jobs=n_jobs)]


def _trees(codes: np.ndarray, factors: np.ndarray, seed: int, n_jobs: int | None) -> list[Predictor]:
    from sklearn.tree import DecisionTreeClassifier

    def fit(target: np.ndarray) -> Any:
        return DecisionTreeClassifier(max_depth=8, min_samples_leaf=5, random_state=seed).fit(codes, target)

    return [fit(target).predict for target in factors.T]


PREDICTORS = {"gbt": _boosted, "tree": _trees}

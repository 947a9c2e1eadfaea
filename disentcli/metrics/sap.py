"""Separated attribute predictability: the gap between the two codes that predict a factor best."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .discretize import train_test_classes
from .metric_warnings import check_codes, check_learnable
from .points import Points, split_points, validate_points
from .standardize import penalised_units, scaling_of


class SAP(TypedDict):
    """The score, and the accuracies (D, F) that it is made of."""

    sap: float
    per_factor: np.ndarray
    score_matrix: np.ndarray


@metric("sap")
def sap(
    codes: Any,
    factors: Any,
    test_codes: Any = None,
    test_factors: Any = None,
    *,
    train_size: int | None = None,
    seed: int = 0,
    dual: bool = False,
    standardise: bool = False,
    n_jobs: int | None = None,
) -> SAP:
    """SAP: mean over factors k of S₁ₖ − S₂ₖ, the test accuracies of the two best codes, each one alone.

    S (D, F): accuracy of a linear support vector machine (C = 0.01, balanced classes, squared hinge,
    one-vs-rest) for factor k from code i, on the test points. `dual` takes the solver that scikit-learn had
    by default before 1.5: the same optimum, slower and not always reached on codes of a large scale.
    The penalty makes S depend on the scale of codes that deviate by less than about 1; `standardise` gives
    them mean 0 and deviation 1 first. Points are split as `split_points` says, at random by `seed`.
    Arrays: `score_matrix` (D, F), `per_factor` (F,).
    Source: Kumar et al. 2018, section 3, with the classifier of Locatello et al. 2019.

    >>> factors = np.stack([np.arange(60) % 2, np.arange(60) % 3], axis=1)
    >>> float(sap(factors - 0.5, factors, train_size=30)["per_factor"][0])
    0.5
    """
    train, test = split_points(codes, factors, test_codes, test_factors, train_size, seed=seed)
    _need_two(train)
    classes, test_classes = train_test_classes(train.factors, test.factors)
    check_learnable(len(train.codes), len(test.codes), classes, 1)
    scaled = scaling_of(train.codes) if standardise else penalised_units(train.codes, "classifier")
    train, test = (part._replace(codes=scaled(part.codes)) for part in (train, test))
    pairs = [(i, k) for k in np.argsort(-classes.max(axis=0)) for i in range(train.codes.shape[1])]
    accuracies = _in_parallel(
        [(train.codes[:, [i]], classes[:, k], test.codes[:, [i]], test_classes[:, k]) for i, k in pairs],
        dual,
        n_jobs,
    )
    scores = np.empty((train.codes.shape[1], classes.shape[1]))
    scores[tuple(np.transpose(pairs))] = accuracies
    return _gaps(scores)


@metric("sap_continuous")
def sap_continuous(codes: Any, factors: Any) -> SAP:
    """SAP of factors taken as numbers: Sᵢₖ is the squared correlation of code i and factor k on these points.

    S is 0 for a constant code. Arrays: `score_matrix` (D, F), `per_factor` (F,).
    Source: Kumar et al. 2018, section 3, as computed by Locatello et al. 2019.

    >>> codes = np.array([[0.0, 1], [1, 1], [2, 1], [3, 1]])
    >>> round(sap_continuous(codes, codes[:, :1])["sap"], 6)
    1.0
    """
    points = validate_points(codes, factors)
    _need_two(points)
    check_codes(len(points.codes), 1)
    z = scaling_of(points.codes)(points.codes)
    v = points.factors - points.factors.mean(axis=0, dtype=float)
    if (np.ptp(points.factors, axis=0) == 0).any():
        constant = int(np.argmin(np.ptp(points.factors, axis=0)))
        raise Unsupported(f"factor {constant} has a single value in these {len(z):,} points")
    return _gaps((z.T @ v / len(z)) ** 2 / v.var(axis=0))


def _need_two(points: Points) -> None:
    if points.codes.shape[1] < 2:
        raise Unsupported("the gap between two codes needs a latent-dim of at least 2, got 1")


def _gaps(scores: np.ndarray) -> SAP:
    ranked = np.sort(scores, axis=0)
    gaps = ranked[-1] - ranked[-2]
    return SAP(sap=float(gaps.mean()), per_factor=gaps, score_matrix=scores)


def _in_parallel(
    fits: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]], dual: bool, n_jobs: int | None
) -> list[float]:
    from joblib import Parallel, cpu_count, delayed

    jobs = 1 if dual else n_jobs or cpu_count()  # the dual solver's random order is one for all threads
    return Parallel(n_jobs=jobs, prefer="threads")(delayed(_accuracy)(*fit, dual) for fit in fits)


def _accuracy(
    code: np.ndarray, classes: np.ndarray, test_code: np.ndarray, test_classes: np.ndarray, dual: bool
) -> float:
    """Test accuracy of a support vector machine for these classes from one code (N, 1)."""
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=0.01, class_weight="balanced", dual=dual, random_state=0).fit(code, classes)
    return float(np.mean(model.predict(test_code) == test_classes))

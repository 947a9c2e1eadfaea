"""Modularity (one factor a code) and explicitness (factors found by logistic regression)."""

from __future__ import annotations

from typing import Any, TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .discretize import Binning, binned_codes, train_test_classes
from .information import information_matrix
from .linear_models import Solver, fit_logistic
from .metric_warnings import check_learnable
from .points import split_points
from .standardize import constant_codes, scaling_of


class ModularityExplicitness(TypedDict):
    """The scores, and those of each code and factor."""

    modularity: float
    explicitness_train: float
    explicitness_test: float
    modularity_per_code: np.ndarray
    explicitness_train_per_factor: np.ndarray
    explicitness_test_per_factor: np.ndarray
    mutual_information: np.ndarray


@metric("modularity_explicitness")
def modularity_explicitness(
    codes: Any,
    factors: Any,
    test_codes: Any = None,
    test_factors: Any = None,
    *,
    train_size: int | None = None,
    seed: int = 0,
    bins: int = 20,
    binning: Binning = "width",
    solver: Solver = "liblinear",
    n_jobs: int | None = None,
) -> ModularityExplicitness:
    """Modularity and explicitness, the latter on the training and on the test points.

    Modularity: mean over codes i of 1 − (Σ_k I²ᵢₖ − max_k I²ᵢₖ) / (max_k I²ᵢₖ (F − 1)), I from codes in
    `bins` bins (`binning` as of `mig`); dead codes count as 0. Explicitness: mean over factors of the macro
    average of the one-vs-rest areas under the ROC curve of a logistic regression on standardised codes;
    `liblinear` is that of the 2019 study, `lbfgs` what the same code computes since scikit-learn 0.22. A
    value that the test points lack is left out of their average. Points are split as `split_points` says, by
    `seed`.
    Source: Ridgeway & Mozer 2018, section 3, as computed by Locatello et al. 2019.

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> codes = factors.astype(float)
    >>> modularity_explicitness(codes, factors, codes, factors)["modularity"]
    1.0
    """
    train, test = split_points(codes, factors, test_codes, test_factors, train_size, seed=seed)
    classes, test_classes = train_test_classes(train.factors, test.factors)
    check_learnable(len(train.codes), len(test.codes), classes, train.codes.shape[1])
    information = information_matrix(binned_codes(train.codes, bins, binning, classes), classes)
    per_code = modularity_per_code(information)
    z, test_z = standardise(train.codes, train.codes), standardise(test.codes, train.codes)
    areas = np.array(
        [
            _explicitness(z, classes[:, k], test_z, test_classes[:, k], solver, n_jobs)
            for k in range(classes.shape[1])
        ]
    )
    return ModularityExplicitness(
        modularity=float(per_code.mean()),
        explicitness_train=float(areas[:, 0].mean()),
        explicitness_test=float(areas[:, 1].mean()),
        modularity_per_code=per_code,
        explicitness_train_per_factor=areas[:, 0],
        explicitness_test_per_factor=areas[:, 1],
        mutual_information=information,
    )


def modularity_per_code(information: np.ndarray) -> np.ndarray:
    """1 for a code about one factor only, 0 for one about none. Information (D, F) → (D,).

    >>> modularity_per_code(np.array([[0.5, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]))
    array([1. , 0.5, 0. ])
    """
    if information.shape[1] < 2:
        raise Unsupported("modularity compares factors with each other: it needs at least 2, got 1")
    squares = information**2
    top = squares.max(axis=1)
    others = (squares.sum(axis=1) - top) / (np.where(top > 0, top, 1.0) * (information.shape[1] - 1))
    return np.where(top > 0, 1.0 - others, 0.0)


def standardise(codes: np.ndarray, like: np.ndarray) -> np.ndarray:
    """Codes (N, D) less the mean and over the standard deviation of those of `like`; constant ones are 0."""
    return np.where(constant_codes(like), 0.0, scaling_of(like)(codes.astype(float)))


def roc_areas(probabilities: np.ndarray, classes: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Area under the ROC curve of every label (C,) against the rest, NaN for those without points.

    Probabilities (N, C) of the labels, classes (N,). It is the share of pairs in the right order, ties
    counted half: Σ of the positives' ranks less n₊(n₊ + 1)/2, over n₊ n₋.
    """
    from scipy.stats import rankdata

    ranks = rankdata(probabilities, axis=0)
    positive = classes[:, None] == labels
    count = positive.sum(axis=0)
    pairs = count * (len(classes) - count)
    with np.errstate(invalid="ignore"):
        return ((ranks * positive).sum(axis=0) - count * (count + 1) / 2) / np.where(pairs, pairs, np.nan)


def _explicitness(
    z: np.ndarray,
    classes: np.ndarray,
    test_z: np.ndarray,
    test_classes: np.ndarray,
    solver: Solver,
    n_jobs: int | None,
) -> tuple[float, float]:
    model = fit_logistic(z, classes, solver, n_jobs)
    train = roc_areas(model.predict_proba(z), classes, model.classes_)
    test = roc_areas(model.predict_proba(test_z), test_classes, model.classes_)
    if np.isnan(test).all():
        raise Unsupported(f"all {len(test_classes):,} test points have the same value of a factor")
    return float(train.mean()), float(np.nanmean(test))

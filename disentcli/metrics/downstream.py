"""Downstream accuracy: how well few and many labelled codes train a predictor of each factor."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, Literal

import numpy as np

from ..config.coercion import Bounds, Count
from ..errors import CallError, Unsupported
from ..registry import metric
from .discretize import train_test_classes
from .metric_warnings import check_learnable
from .points import split_points
from .standardize import Scaling, Units, learning_units, penalised_units, scaling_of
from .trees.boosting import fit_boosted_each

Predictor = Literal["logistic", "trees"]
"""logistic: regression with C chosen by cross-validation; trees: gradient boosting as in DCI."""

Folds = Annotated[int, Bounds(least=2)]

Predict = Callable[[np.ndarray], np.ndarray]
"""Codes (N, D) → values of a factor (N,)."""


@metric("downstream")
def downstream(
    codes: Any,
    factors: Any,
    test_codes: Any = None,
    test_factors: Any = None,
    *,
    train_size: int | None = None,
    predictor: Predictor = "logistic",
    one_vs_rest: bool = False,
    standardise: bool = False,
    penalties: Count = 10,
    folds: Folds = 5,
    labels: tuple[int, ...] = (10, 100, 1_000, 10_000),
    seed: int = 0,
    n_jobs: int | None = None,
) -> dict[str, float | np.ndarray]:
    """Test accuracy of a predictor of each factor from the codes of the first n training points, by n.

    For each n of `labels`: `mean_test_accuracy_n`, `min_test_accuracy_n`, `mean_train_accuracy_n` and
    `min_train_accuracy_n` over factors, NaN where there are fewer than n points; `sample_efficiency_n` is
    the mean test accuracy with n labels over that with the most. A logistic regression chooses among
    `penalties` values of C, 1e-4 to 1e4, in `folds` folds: minutes for 10,000 labels of 40 values. With
    `one_vs_rest` it has one C for each value, as in the 2019 study (scikit-learn before 0.22): slower still.
    `standardise` gives the codes mean 0 and deviation 1 first, without which the penalty of the regression
    depends on their scale; trees do not. Arrays: `train_accuracy` and `test_accuracy` (L, F). Points are
    split as `split_points` says, by `seed`.
    Source: Locatello et al. 2019, section 5.4; their study draws new points for each n.

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> codes = factors.astype(float)
    >>> scores = downstream(codes, factors, codes, factors, labels=(60,), penalties=2, folds=2)
    >>> scores["mean_test_accuracy_60"]
    1.0
    """
    train, test = split_points(codes, factors, test_codes, test_factors, train_size, seed=seed)
    classes, test_classes = train_test_classes(train.factors, test.factors)
    if predictor not in ("logistic", "trees"):
        raise CallError(f"unknown predictor {predictor!r}; known: logistic, trees")
    if not labels or min(labels) < 1:
        raise CallError(f"expected positive numbers of labels, got {labels}")
    if min(labels) > len(train.codes):
        raise Unsupported(f"{min(labels):,} labels are more than the {len(train.codes):,} training points")
    scaled = _units(train.codes, predictor, standardise)
    train, test = (part._replace(codes=scaled(part.codes)) for part in (train, test))
    check_learnable(len(train.codes), len(test.codes), classes, 1)
    regress = partial(_fit_logistic, one_vs_rest=one_vs_rest, penalties=penalties, folds=folds, n_jobs=n_jobs)
    accuracy = np.full((2, len(labels), classes.shape[1]), np.nan)
    for row, count in enumerate(labels):
        if count <= len(train.codes):
            few, known = train.codes[:count], classes[:count]
            models = _fit_trees(few, known, seed, n_jobs) if predictor == "trees" else regress(few, known)
            for k, model in enumerate(models):
                accuracy[0, row, k] = np.mean(model(few) == known[:, k])
                accuracy[1, row, k] = np.mean(model(test.codes) == test_classes[:, k])
    return _summary(labels, accuracy[0], accuracy[1])


def _units(codes: np.ndarray, predictor: Predictor, standardise: bool) -> Scaling | Units:
    """In which units a predictor takes the codes."""
    if standardise:
        return scaling_of(codes)
    return (
        learning_units(codes)
        if predictor == "trees"
        else penalised_units(codes, "regression", free_intercept=True)
    )


def _summary(labels: tuple[int, ...], train: np.ndarray, test: np.ndarray) -> dict[str, float | np.ndarray]:
    scores: dict[str, float | np.ndarray] = {}
    for name, accuracy in (("test", test), ("train", train)):
        for count, values in zip(labels, accuracy, strict=True):
            scores[f"mean_{name}_accuracy_{count}"] = float(values.mean())
            scores[f"min_{name}_accuracy_{count}"] = float(values.min())
    most = int(np.argmax(labels))
    for count, values in zip(labels, test, strict=True):
        if count != labels[most]:
            scores[f"sample_efficiency_{count}"] = float(values.mean() / test[most].mean())
    return {**scores, "train_accuracy": train, "test_accuracy": test}


def _fit_trees(codes: np.ndarray, classes: np.ndarray, seed: int, n_jobs: int | None) -> list[Predict]:
    stream = np.random.RandomState(seed)
    return [model.predict for model in fit_boosted_each(codes, classes, random_state=stream, n_jobs=n_jobs)]


def _fit_logistic(
    codes: np.ndarray,
    classes: np.ndarray,
    *,
    one_vs_rest: bool,
    penalties: int,
    folds: int,
    n_jobs: int | None,
) -> list[Predict]:
    from joblib import Parallel, cpu_count, delayed
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import KFold
    from sklearn.multiclass import OneVsRestClassifier

    def fit(values: np.ndarray) -> Predict:
        if len(np.unique(values)) == 1:
            return DummyClassifier().fit(codes, values).predict  # a single value seen is the only answer
        cv = KFold(min(folds, len(values)))
        model = LogisticRegressionCV(Cs=penalties, cv=cv, scoring="accuracy")
        return (OneVsRestClassifier(model) if one_vs_rest else model).fit(codes, values).predict

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # unconverged for large C, as published; announced changes
        jobs = n_jobs or cpu_count()
        return Parallel(n_jobs=jobs, prefer="threads")(delayed(fit)(values) for values in classes.T)

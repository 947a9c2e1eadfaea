"""How much each code matters for predicting each factor, by kind of predictor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..errors import CallError
from .points import Points
from .trees import BoostedTrees, fit_boosted_each
from .trees.boosting import DEPTH, RATE, STAGES, fit_plain, single_precision

BINS = 255  # of a code, as histogram-based trees use
FOREST, FOREST_DEPTH = 10, 12  # trees of a forest, and their depth


class ImportanceResult(NamedTuple):
    """Importances and scores of predictors, one a factor.

    importance: (D, F), of each code for each factor.
    train, test: success on training and on test points (F,): accuracy, or 1 − squared error / variance.
    dummies: importance (D, G) for factors of mere noise.
    weighted: in the mean completeness, factors count by the sum of their column.
    coefficients: (D, F), with their signs, where the predictors are linear.
    """

    importance: np.ndarray
    train: np.ndarray
    test: np.ndarray
    dummies: np.ndarray
    weighted: bool = True
    coefficients: np.ndarray | None = None


@dataclass(frozen=True)
class ImportanceTask:
    """What is to be predicted: factors, as classes or as numbers, of training and of test points.

    classes, test_classes: classes (N, F), (M, F) of the factors.
    n_jobs: threads; all CPUs if None. alpha: the lassos' penalty.
    depth: of trees; 3 when boosted and 12 in the forest if None.
    """

    train: Points
    test: Points
    classes: np.ndarray
    test_classes: np.ndarray
    seed: int = 0
    n_jobs: int | None = None
    alpha: float = 0.02
    depth: int | None = None


def gbt_importance(task: ImportanceTask) -> ImportanceResult:
    """Importance by this package's gradient-boosted trees on the codes."""
    return _of_classifiers(task, _boosted(task, task.train.codes), task.test.codes)


def hist_importance(task: ImportanceTask) -> ImportanceResult:
    """The same on codes cut at 254 quantiles of the training points."""
    levels = np.quantile(task.train.codes, np.arange(1, BINS) / BINS, axis=0)
    train, test = (
        np.stack([np.searchsorted(*pair) for pair in zip(levels.T, codes.T, strict=True)], axis=1)
        for codes in (task.train.codes, task.test.codes)
    )
    return _of_classifiers(task, _boosted(task, train), test)


def sklearn_importance(task: ImportanceTask) -> ImportanceResult:
    """scikit-learn's boosted trees, drawing as if one random generator fitted the factors in turn."""
    from joblib import Parallel, cpu_count, delayed

    codes, depth = single_precision(task.train.codes), task.depth or DEPTH
    counts = [len(np.unique(column)) for column in task.classes.T]
    streams = _successive_streams(counts, task.seed)
    costly_first = np.argsort([-count for count in counts], kind="stable")
    jobs = min(task.n_jobs or cpu_count(), len(counts))
    fits = Parallel(n_jobs=jobs, prefer="threads")(  # trees grow without the interpreter's lock
        delayed(fit_plain)(codes, task.classes[:, f], STAGES, depth, RATE, streams[f]) for f in costly_first
    )
    return _of_classifiers(task, [fits[place] for place in np.argsort(costly_first)], task.test.codes)


def xgboost_importance(task: ImportanceTask) -> ImportanceResult:
    """Boosted trees of xgboost; importance is the total gain."""
    try:
        from xgboost import XGBClassifier
    except ImportError:
        raise _missing("xgb", "xgboost") from None
    options: dict[str, Any] = {"importance_type": "total_gain", "verbosity": 0, "random_state": task.seed}
    return _of_external(task, lambda **shared: XGBClassifier(**shared, **options))


def lightgbm_importance(task: ImportanceTask) -> ImportanceResult:
    """Boosted trees of lightgbm; importance is the total gain."""
    try:
        from lightgbm import LGBMClassifier
    except ImportError:
        raise _missing("lightgbm", "lightgbm") from None
    options: dict[str, Any] = {"importance_type": "gain", "verbosity": -1, "random_state": task.seed}
    return _of_external(task, lambda **shared: LGBMClassifier(**shared, **options))


def _boosted(task: ImportanceTask, codes: np.ndarray) -> list[BoostedTrees]:
    stream, depth = np.random.RandomState(task.seed), task.depth or DEPTH
    return fit_boosted_each(codes, task.classes, depth=depth, random_state=stream, n_jobs=task.n_jobs)


def _of_classifiers(
    task: ImportanceTask, models: Sequence[BoostedTrees], test_codes: np.ndarray
) -> ImportanceResult:
    """Importance and accuracy of one classifier a factor."""
    fitted = np.stack([model.fitted for model in models], axis=1)
    predicted = np.stack([model.predict(test_codes) for model in models], axis=1)
    return ImportanceResult(
        importance=np.stack([model.importance for model in models], axis=1),
        train=(fitted == task.classes).mean(axis=0),
        test=(predicted == task.test_classes).mean(axis=0),
        dummies=np.zeros((task.train.codes.shape[1], 0)),
    )


def _successive_streams(class_counts: list[int], seed: int) -> list[np.random.RandomState]:
    """A generator for each factor, in the state of a single one if the factors were fitted in turn.

    A tree draws one number, for its choice between equal splits, and a stage grows a tree for each class.
    """
    streams, drawn = [], 0
    for count in class_counts:
        stream = np.random.RandomState(seed)
        stream.randint(np.iinfo(np.int32).max, size=drawn)
        streams.append(stream)
        drawn += STAGES * (count if count > 2 else 1)
    return streams


@dataclass(frozen=True)
class _ExternalModel:
    """A classifier of another library, which wants labels 0…K−1."""

    labels: np.ndarray
    model: Any
    importance: np.ndarray
    fitted: np.ndarray

    def predict(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(self.labels[np.asarray(self.model.predict(codes), dtype=np.int64)])


def _of_external(task: ImportanceTask, make: Callable[..., Any]) -> ImportanceResult:
    """Boosted trees of a library with scikit-learn's interface, of our stages, depth and rate."""
    models = []
    for column in task.classes.T:
        labels, classes = np.unique(column, return_inverse=True)
        model = make(
            n_estimators=STAGES, max_depth=task.depth or DEPTH, learning_rate=RATE, n_jobs=task.n_jobs
        ).fit(task.train.codes, classes)
        gain = np.asarray(model.feature_importances_, dtype=np.float64)
        fitted = labels[np.asarray(model.predict(task.train.codes), dtype=np.int64)]
        models.append(_ExternalModel(labels, model, gain / (gain.sum() or 1.0), fitted))
    return _of_classifiers(task, models, task.test.codes)


def _missing(variant: str, package: str) -> CallError:
    return CallError(
        f"DCI's variant {variant!r} needs {package}, which is not installed: pip install {package}"
    )


def lasso_importance(task: ImportanceTask) -> ImportanceResult:
    """|coefficients| of a lasso on standardised codes for standardised factors."""
    train, test = _standardised(task)
    return _lasso(task, train, test)


def raw_lasso_importance(task: ImportanceTask) -> ImportanceResult:
    """|coefficients| of a lasso on the codes for the factor values, both as they come."""
    return _lasso(task, task.train, task.test)


def dummies_lasso_importance(task: ImportanceTask) -> ImportanceResult:
    """`lasso_importance`, with normal noise as further factors until there are as many factors as codes."""
    train, test = _standardised(task)
    (count, codes), factors = train.codes.shape, train.factors.shape[1]
    noise = np.random.RandomState(task.seed).normal(size=(count, max(codes - factors, 0)))
    dummies = [_fit_lasso(train.codes, column, task.alpha) for column in noise.T]
    found = _lasso(task, train, test)
    return found._replace(dummies=_columns([np.abs(model.coef_) for model in dummies], codes))


def forest_importance(task: ImportanceTask) -> ImportanceResult:
    """Ten regression trees, each on a bootstrap sample, for each standardised factor."""
    from sklearn.ensemble import RandomForestRegressor

    train, test = _standardised(task)
    stream = np.random.RandomState(task.seed)
    options = {"n_estimators": FOREST, "max_depth": task.depth or FOREST_DEPTH, "n_jobs": task.n_jobs}
    models = [
        RandomForestRegressor(random_state=stream, **options).fit(train.codes, column)
        for column in train.factors.T
    ]
    return _of_regressors(train, test, models, [model.feature_importances_ for model in models])


def _standardised(task: ImportanceTask) -> tuple[Points, Points]:
    """Both parts with mean 0 and variance 1 of each column of the training part; constant ones become 0."""
    shifts = [(part.mean(axis=0), part.std(axis=0)) for part in task.train]
    train, test = (
        Points(
            *(
                (part - mean) / np.where(std > 0, std, 1.0)
                for part, (mean, std) in zip(points, shifts, strict=True)
            )
        )
        for points in (task.train, task.test)
    )
    return train, test


def _fit_lasso(codes: np.ndarray, target: np.ndarray, alpha: float) -> Any:
    from sklearn.linear_model import Lasso

    return Lasso(alpha=alpha).fit(codes, target)


def _lasso(task: ImportanceTask, train: Points, test: Points) -> ImportanceResult:
    models = [_fit_lasso(train.codes, column, task.alpha) for column in train.factors.T]
    coefficients = [model.coef_ for model in models]
    found = _of_regressors(train, test, models, [np.abs(one) for one in coefficients])
    return found._replace(weighted=False, coefficients=_columns(coefficients, train.codes.shape[1]))


def _of_regressors(
    train: Points, test: Points, models: list[Any], importance: list[np.ndarray]
) -> ImportanceResult:
    """Importance of one regressor a factor, and 1 − squared error / variance of the training factor."""
    dims, variance = train.codes.shape[1], train.factors.var(axis=0)

    def success(points: Points) -> np.ndarray:
        predicted = np.stack([model.predict(points.codes) for model in models], axis=1)
        return np.asarray(1 - ((predicted - points.factors) ** 2).mean(axis=0) / variance)

    return ImportanceResult(
        _columns(importance, dims), success(train), success(test), dummies=np.zeros((dims, 0))
    )


def _columns(vectors: list[np.ndarray], length: int) -> np.ndarray:
    """The vectors as columns (length, number of vectors), also where there are none."""
    return np.array(vectors).reshape(len(vectors), length).T


PREDICTORS: dict[str, Callable[[ImportanceTask], ImportanceResult]] = {
    "gbt": gbt_importance,
    "sklearn": sklearn_importance,
    "hist": hist_importance,
    "xgb": xgboost_importance,
    "lightgbm": lightgbm_importance,
    "lasso": lasso_importance,
    "lasso-raw": raw_lasso_importance,
    "lasso-dummies": dummies_lasso_importance,
    "forest": forest_importance,
}

"""Importance of codes in boosted trees that classify the factors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import CallError
from ..trees import BoostedTrees, fit_boosted_each
from ..trees.boosting import DEPTH, RATE, STAGES, single_precision
from .prediction import Importances, Prediction

BINS = 255  # of a code, as histogram-based trees use


def by_our_trees(task: Prediction) -> Importances:
    """Our boosted trees on the codes."""
    return _of_classifiers(task, _boosted(task, task.train.codes), task.test.codes)


def by_binned_trees(task: Prediction) -> Importances:
    """Our boosted trees on codes cut at 254 quantiles of the training points."""
    levels = np.quantile(task.train.codes, np.arange(1, BINS) / BINS, axis=0)
    train, test = (
        np.stack([np.searchsorted(*pair) for pair in zip(levels.T, codes.T, strict=True)], axis=1)
        for codes in (task.train.codes, task.test.codes)
    )
    return _of_classifiers(task, _boosted(task, train), test)


def by_sklearn(task: Prediction) -> Importances:
    """scikit-learn's boosted trees, each factor with the generator at the place where its turn comes."""
    from joblib import Parallel, cpu_count, delayed

    from ..trees.plain import fit_plain

    codes, depth = single_precision(task.train.codes), task.depth or DEPTH
    counts = [len(np.unique(column)) for column in task.classes.T]
    streams = _successive_streams(counts, task.seed)
    costly_first = np.argsort([-count for count in counts], kind="stable")
    jobs = min(task.n_jobs or cpu_count(), len(counts))
    fits = Parallel(n_jobs=jobs, prefer="threads")(  # trees grow without the interpreter's lock
        delayed(fit_plain)(codes, task.classes[:, f], STAGES, depth, RATE, streams[f]) for f in costly_first
    )
    return _of_classifiers(task, [fits[place] for place in np.argsort(costly_first)], task.test.codes)


def by_xgboost(task: Prediction) -> Importances:
    """Boosted trees of xgboost; importance is the total gain."""
    try:
        from xgboost import XGBClassifier
    except ImportError:
        raise _missing("xgb", "xgboost") from None
    options: dict[str, Any] = {"importance_type": "total_gain", "verbosity": 0, "random_state": task.seed}
    return _of_foreign(task, lambda **shared: XGBClassifier(**shared, **options))


def by_lightgbm(task: Prediction) -> Importances:
    """Boosted trees of lightgbm; importance is the total gain."""
    try:
        from lightgbm import LGBMClassifier
    except ImportError:
        raise _missing("lightgbm", "lightgbm") from None
    options: dict[str, Any] = {"importance_type": "gain", "verbosity": -1, "random_state": task.seed}
    return _of_foreign(task, lambda **shared: LGBMClassifier(**shared, **options))


def _boosted(task: Prediction, codes: np.ndarray) -> list[BoostedTrees]:
    stream, depth = np.random.RandomState(task.seed), task.depth or DEPTH
    return fit_boosted_each(codes, task.classes, depth=depth, random_state=stream, n_jobs=task.n_jobs)


def _of_classifiers(task: Prediction, models: Sequence[BoostedTrees], test_codes: np.ndarray) -> Importances:
    """Importance and accuracy of one classifier a factor."""
    fitted = np.stack([model.fitted for model in models], axis=1)
    predicted = np.stack([model.predict(test_codes) for model in models], axis=1)
    return Importances(
        importance=np.stack([model.importance for model in models], axis=1),
        train=(fitted == task.classes).mean(axis=0),
        test=(predicted == task.test_classes).mean(axis=0),
        dummies=np.zeros((task.train.codes.shape[1], 0)),
    )


def _successive_streams(class_counts: list[int], seed: int) -> list[np.random.RandomState]:
    """A generator for each factor, where one generator would stand if the factors were fitted in turn.

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
class _Foreign:
    """A classifier of another library, which wants labels 0…K−1."""

    labels: np.ndarray
    model: Any
    importance: np.ndarray
    fitted: np.ndarray

    def predict(self, codes: np.ndarray) -> np.ndarray:
        return np.asarray(self.labels[np.asarray(self.model.predict(codes), dtype=np.int64)])


def _of_foreign(task: Prediction, make: Callable[..., Any]) -> Importances:
    """Boosted trees of a library with scikit-learn's interface, of our stages, depth and rate."""
    models = []
    for column in task.classes.T:
        labels, classes = np.unique(column, return_inverse=True)
        model = make(
            n_estimators=STAGES, max_depth=task.depth or DEPTH, learning_rate=RATE, n_jobs=task.n_jobs
        ).fit(task.train.codes, classes)
        gain = np.asarray(model.feature_importances_, dtype=np.float64)
        fitted = labels[np.asarray(model.predict(task.train.codes), dtype=np.int64)]
        models.append(_Foreign(labels, model, gain / (gain.sum() or 1.0), fitted))
    return _of_classifiers(task, models, task.test.codes)


def _missing(variant: str, package: str) -> CallError:
    return CallError(
        f"DCI's variant {variant!r} needs {package}, which is not installed: pip install {package}"
    )

"""Importance of codes in regressors of the factor values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..points import Points
from .prediction import Importances, Prediction

FOREST, FOREST_DEPTH = 10, 12  # trees of a forest, and their depth


def by_lasso(task: Prediction) -> Importances:
    """|coefficients| of a lasso on standardised codes for standardised factors."""
    train, test = _standardised(task)
    return _lasso(task, train, test)


def by_raw_lasso(task: Prediction) -> Importances:
    """|coefficients| of a lasso on the codes for the factor values, both as they come."""
    return _lasso(task, task.train, task.test)


def by_lasso_with_dummies(task: Prediction) -> Importances:
    """`by_lasso`, with normal noise as further factors until there are as many factors as codes."""
    train, test = _standardised(task)
    (count, codes), factors = train.codes.shape, train.factors.shape[1]
    noise = np.random.RandomState(task.seed).normal(size=(count, max(codes - factors, 0)))
    dummies = [_fit_lasso(train.codes, column, task.alpha) for column in noise.T]
    found = _lasso(task, train, test)
    return found._replace(dummies=_columns([np.abs(model.coef_) for model in dummies], codes))


def by_forest(task: Prediction) -> Importances:
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


def _standardised(task: Prediction) -> tuple[Points, Points]:
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


def _lasso(task: Prediction, train: Points, test: Points) -> Importances:
    models = [_fit_lasso(train.codes, column, task.alpha) for column in train.factors.T]
    found = _of_regressors(train, test, models, [np.abs(model.coef_) for model in models])
    return found._replace(weighted=False)


def _of_regressors(
    train: Points, test: Points, models: list[Any], importance: list[np.ndarray]
) -> Importances:
    """Importance of one regressor a factor, and 1 − squared error / variance of the training factor."""
    dims, variance = train.codes.shape[1], train.factors.var(axis=0)

    def success(points: Points) -> np.ndarray:
        predicted = np.stack([model.predict(points.codes) for model in models], axis=1)
        return np.asarray(1 - ((predicted - points.factors) ** 2).mean(axis=0) / variance)

    return Importances(_columns(importance, dims), success(train), success(test), dummies=np.zeros((dims, 0)))


def _columns(vectors: list[np.ndarray], length: int) -> np.ndarray:
    """The vectors as columns (length, number of vectors), also where there are none."""
    return np.array(vectors).reshape(len(vectors), length).T

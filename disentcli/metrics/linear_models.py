"""Linear models that metrics fit: least squares, the lasso of many targets at once, logistic regression."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from ..errors import CallError, Unsupported
from .standardize import units_of

Predictor = Callable[[Any], np.ndarray]
"""Features (N, P) → predictions (N, T)."""

TOLERANCE = 1e-10  # largest change of a coefficient in a round
ROUNDS = 10_000
Solver = Literal["liblinear", "lbfgs"]
"""liblinear: one-vs-rest, intercept penalised (the 2019 study); lbfgs: multinomial, at most 100 steps."""


def fit_linear(features: Any, targets: np.ndarray) -> Predictor:
    """The linear map with intercept from features (N, P), dense or sparse, to targets (N, T) of least
    squared error; of several, the one of least norm."""
    if isinstance(features, np.ndarray):
        centre = features.mean(axis=0)
        weights, *_ = np.linalg.lstsq(features - centre, targets - targets.mean(axis=0), rcond=None)
        offset = targets.mean(axis=0) - centre @ weights
        return lambda others: others @ weights + offset
    return _fit_sparse(features, targets)


def _fit_sparse(features: Any, targets: np.ndarray) -> Predictor:
    from scipy.sparse import csr_array, hstack
    from scipy.sparse.linalg import lsqr

    def with_ones(matrix: Any) -> Any:
        return hstack([matrix, csr_array(np.ones((matrix.shape[0], 1)))], format="csr")

    design = with_ones(features)
    solutions = [lsqr(design, target, atol=1e-10, btol=1e-10, iter_lim=2000)[0] for target in targets.T]
    weights = np.stack(solutions, axis=1)
    return lambda others: with_ones(others) @ weights


def explained(predictions: np.ndarray, targets: np.ndarray, variance: np.ndarray | None = None) -> np.ndarray:
    """R² (T,) = 1 − mean squared error / variance of the targets (N, T): theirs, or the one given (T,).

    A target without variance has R² 1 if it is predicted exactly, otherwise 0.
    """
    unit = units_of(targets)
    error = np.square((predictions - targets) / unit).mean(axis=0)
    spread = (targets / unit).var(axis=0) if variance is None else variance / unit**2
    exact = (error == 0).astype(float)
    return np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1.0), exact)


def lasso(gram: np.ndarray, moments: np.ndarray, alpha: float) -> np.ndarray:
    """Coefficients W (D, T) that minimise ½ E|y − Wᵀx|² + alpha Σ|W|, by cyclic coordinate descent.

    gram = E[x xᵀ] (D, D) with a positive diagonal, moments = E[x yᵀ] (D, T), of centred x and y. The minimum
    is that of scikit-learn's `Lasso(alpha)`, which stops at a looser tolerance and fits one target at a time.

    >>> lasso(np.eye(2), np.array([[-0.5], [0.05]]), 0.1).ravel()
    array([-0.4,  0. ])
    """
    weights = np.zeros_like(moments)
    for _ in range(ROUNDS):
        change = 0.0
        for d, row in enumerate(gram):
            rest = moments[d] - row @ weights + row[d] * weights[d]
            updated = np.sign(rest) * np.maximum(np.abs(rest) - alpha, 0) / row[d]
            change = max(change, float(np.abs(updated - weights[d]).max()))
            weights[d] = updated
        if change < TOLERANCE:
            break
    return weights


def fit_logistic(codes: np.ndarray, classes: np.ndarray, solver: Solver, n_jobs: int | None = None) -> Any:
    """A fitted classifier of codes (N, D), penalty C = 1, with `predict` and `predict_proba`.

    A fit that stops at its 100 steps counts as it is, as in the published code. `n_jobs` threads (all CPUs
    by default) fit the one-vs-rest classifiers of `liblinear`, which changes no value.

    Raises:
        Unsupported: there is one class only.
    """
    from joblib import cpu_count, parallel_backend
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    if solver not in ("liblinear", "lbfgs"):
        raise CallError(f"unknown solver {solver!r}; known: liblinear, lbfgs")
    if len(np.unique(classes)) < 2:
        raise Unsupported(f"all {len(classes):,} points are of the same class, so there is nothing to learn")
    model = LogisticRegression(solver=solver)
    if solver == "liblinear":
        model = OneVsRestClassifier(model, n_jobs=n_jobs or cpu_count())
    with warnings.catch_warnings(), parallel_backend("threading"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(codes, classes)

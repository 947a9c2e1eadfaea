"""Ordinary least squares, and the share of variance that predictions explain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .standardize import units_of

Predictor = Callable[[Any], np.ndarray]
"""Features (N, P) → predictions (N, T)."""


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

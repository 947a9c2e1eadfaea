"""Logistic regression as scikit-learn's defaults were before 0.22 (liblinear) and have been since (lbfgs)."""

from __future__ import annotations

import warnings
from typing import Any, Literal

import numpy as np

from ..errors import CallError, Unsupported

Solver = Literal["liblinear", "lbfgs"]
"""liblinear: one-vs-rest, intercept penalised (the 2019 study); lbfgs: multinomial, at most 100 steps."""


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

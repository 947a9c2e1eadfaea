"""Boosted trees for class labels: grown by our kernels, or by scikit-learn where numba is missing."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ...errors import CallError
from ..points import validate_matrix

STAGES = 100  # of boosting, scikit-learn's default
DEPTH = 3
RATE = 0.1


class BoostedTrees(Protocol):
    """A fitted classifier."""

    @property
    def importance(self) -> np.ndarray:
        """Share of each code in the decrease of impurity (D,), summing to 1; zeros where no node splits."""
        ...

    @property
    def fitted(self) -> np.ndarray:
        """Labels predicted for the training points (N,)."""
        ...

    def predict(self, codes: np.ndarray) -> np.ndarray:
        """Labels (M,) of codes (M, D)."""
        ...


def fit_boosted(
    codes: np.ndarray,
    classes: np.ndarray,
    *,
    stages: int = STAGES,
    depth: int = DEPTH,
    rate: float = RATE,
    random_state: np.random.RandomState | None = None,
    n_jobs: int | None = None,
) -> BoostedTrees:
    """Gradient boosted trees on codes (N, D) for labels (N,): scikit-learn's `GradientBoostingClassifier`.

    Each stage grows a regression tree for each class (one for two classes) on the residuals yₖ − pₖ, cutting
    where the squared error falls most, midway between two values (float32); a leaf is one Newton step, times
    (K − 1)/K for K > 2 classes, shrunk by `rate`. Of equally good cuts the first stands, in an order of codes
    drawn from `random_state` (seed 0 if None) as scikit-learn draws it: on codes without repeated values the
    trees are the same bit for bit. The number of threads, `n_jobs` (all CPUs by default), does not change the
    result. Without numba, scikit-learn itself is used.
    Source: Friedman 2001, algorithm 6.

    >>> codes = np.arange(12.0)[:, None] * [1, 0]
    >>> trees = fit_boosted(codes, np.arange(12) // 4)
    >>> trees.importance.tolist(), trees.predict(np.array([[2.0, 0], [9, 0]])).tolist()
    ([1.0, 0.0], [0, 2])

    Raises:
        CallError: codes that are no finite matrix in single precision, or not one label a row.
    """
    labels = np.asarray(classes)[:, None]
    options = {"stages": stages, "depth": depth, "rate": rate}
    return fit_boosted_each(codes, labels, random_state=random_state, n_jobs=n_jobs, **options)[0]  # type: ignore[arg-type]


def fit_boosted_each(
    codes: np.ndarray,
    classes: np.ndarray,
    *,
    stages: int = STAGES,
    depth: int = DEPTH,
    rate: float = RATE,
    random_state: np.random.RandomState | None = None,
    n_jobs: int | None = None,
) -> list[BoostedTrees]:
    """`fit_boosted` for each column of labels (N, F), as if fitted in turn from the one `random_state`."""
    codes = single_precision(codes)
    if len(codes) != len(classes):
        raise CallError(f"there are {len(codes):,} codes but {len(classes):,} labels")
    stream = np.random.RandomState(0) if random_state is None else random_state
    try:
        from .ensemble import grow_together
    except ImportError as missing:
        warnings.warn(f"scikit-learn grows the trees, some thirty times slower: {missing}", stacklevel=2)
        return [fit_plain(codes, column, stages, depth, rate, stream) for column in classes.T]
    return list(grow_together(codes, list(classes.T), stages, depth, rate, stream, n_jobs))


def single_precision(codes: np.ndarray) -> np.ndarray:
    """Codes (N, D) as float32, the precision in which trees compare them."""
    with np.errstate(over="ignore"):
        single = validate_matrix(codes).astype(np.float32)
    if not np.isfinite(single).all():
        raise CallError("the codes are too large for single precision (3.4e38): scale them down")
    return single


@dataclass(frozen=True)
class PlainTrees:
    """Boosted trees of scikit-learn; `model` is None where the training points have one label only."""

    model: Any
    importance: np.ndarray
    fitted: np.ndarray

    def predict(self, codes: np.ndarray) -> np.ndarray:
        if self.model is None:
            return np.full(len(codes), self.fitted[0])
        return np.asarray(self.model.predict(codes))


def fit_plain(
    codes: np.ndarray,
    classes: np.ndarray,
    stages: int,
    depth: int,
    rate: float,
    random_state: np.random.RandomState,
) -> PlainTrees:
    """`GradientBoostingClassifier` on codes (N, D) and labels (N,)."""
    from sklearn.ensemble import GradientBoostingClassifier

    if (classes == classes[0]).all():
        return PlainTrees(None, np.zeros(codes.shape[1]), classes.copy())
    model = GradientBoostingClassifier(
        n_estimators=stages, max_depth=depth, learning_rate=rate, random_state=random_state
    ).fit(codes, classes)
    return PlainTrees(model, np.abs(model.feature_importances_), np.asarray(model.predict(codes)))

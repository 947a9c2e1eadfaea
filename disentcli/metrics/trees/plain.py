"""Boosted trees by scikit-learn itself, where numba is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


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

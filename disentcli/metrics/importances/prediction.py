"""What is predicted from the codes, and what a predictor gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..points import Points


class Importances(NamedTuple):
    """Importance (D, F) and success on training and test points (F,) of predictors of each factor.

    dummies: importance (D, G) for factors of mere noise; weighted: factors count by their column's sum.
    """

    importance: np.ndarray
    train: np.ndarray
    test: np.ndarray
    dummies: np.ndarray
    weighted: bool = True


@dataclass(frozen=True)
class Prediction:
    """What is to be predicted: factors, as classes or as numbers, of training and of test points."""

    train: Points
    test: Points
    classes: np.ndarray
    test_classes: np.ndarray
    seed: int = 0
    n_jobs: int | None = None
    alpha: float = 0.02
    depth: int | None = None

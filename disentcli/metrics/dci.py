"""Disentanglement, completeness and informativeness from the importances of boosted trees."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .classes import factor_classes, varying_classes

STAGES = 100  # of boosting, scikit-learn's default


class DCI(TypedDict):
    disentanglement: float
    completeness: float
    informativeness_train: float
    informativeness_test: float
    importance: np.ndarray
    disentanglement_per_code: np.ndarray
    completeness_per_factor: np.ndarray
    accuracy_train: np.ndarray
    accuracy_test: np.ndarray


@metric("dci")
def dci(
    codes: np.ndarray,
    factors: np.ndarray,
    test_codes: np.ndarray,
    test_factors: np.ndarray,
    *,
    seed: int = 0,
    n_jobs: int | None = None,
) -> DCI:
    """DCI with gradient boosted trees (scikit-learn's defaults), one classifier per factor on the raw codes.

    Codes (N, D), factors (N, F). Informativeness is the mean accuracy over factors. The time is proportional
    to the number of factor values, seconds each for 10,000 points; `n_jobs` factors are fitted at a time
    (all CPUs by default), which does not change the result.
    Source: Eastwood & Williams 2018, with the classifier and weights of Locatello et al. 2019.
    """
    if codes.shape[1] < 2 or factors.shape[1] < 2:
        raise Unsupported(
            f"DCI compares codes with each other and factors with each other: it needs at least 2 of both, "
            f"got {codes.shape[1]} and {factors.shape[1]}"
        )
    classes, test_classes = varying_classes(factors), factor_classes(test_factors, like=factors)
    fits = _fit_all(codes, classes, test_codes, test_classes, seed, n_jobs)
    importance = np.stack([fit[0] for fit in fits], axis=1)
    per_code, per_factor = disentanglement_per_code(importance), completeness_per_factor(importance)
    train, test = np.array([fit[1] for fit in fits]), np.array([fit[2] for fit in fits])
    return DCI(
        disentanglement=weighted_mean(per_code, importance.sum(axis=1)),
        completeness=weighted_mean(per_factor, importance.sum(axis=0)),
        informativeness_train=float(train.mean()),
        informativeness_test=float(test.mean()),
        importance=importance,
        disentanglement_per_code=per_code,
        completeness_per_factor=per_factor,
        accuracy_train=train,
        accuracy_test=test,
    )


def disentanglement_per_code(importance: np.ndarray) -> np.ndarray:
    """Dᵢ = 1 − H_F(Rᵢ·): 1 where code i matters for one factor only. Importance R (D, F) → (D,)."""
    return 1.0 - _entropy_of_rows(importance)


def completeness_per_factor(importance: np.ndarray) -> np.ndarray:
    """Cⱼ = 1 − H_D(R·ⱼ): 1 where a single code matters for factor j. Importance R (D, F) → (F,)."""
    return 1.0 - _entropy_of_rows(importance.T)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Σ w v / Σ w; a plain mean where all weights are zero."""
    return float(np.average(values, weights=weights if weights.any() else None))


def _entropy_of_rows(matrix: np.ndarray) -> np.ndarray:
    """Entropy of each normalised row, to the base of its length; 1e-11 keeps empty rows uniform."""
    shares = matrix + 1e-11
    shares = shares / shares.sum(axis=1, keepdims=True)
    return -(shares * np.log(shares)).sum(axis=1) / np.log(matrix.shape[1])


def _fit_all(
    codes: np.ndarray,
    classes: np.ndarray,
    test_codes: np.ndarray,
    test_classes: np.ndarray,
    seed: int,
    n_jobs: int | None,
) -> list[tuple[np.ndarray, float, float]]:
    from joblib import Parallel, cpu_count, delayed

    counts = [len(np.unique(column)) for column in classes.T]
    streams = _successive_streams(counts, seed)
    costly_first = np.argsort([-count for count in counts], kind="stable")
    jobs = min(n_jobs or cpu_count(), len(counts))
    fits = Parallel(n_jobs=jobs, prefer="threads")(  # trees grow without the interpreter's lock
        delayed(_fit)(codes, classes[:, f], test_codes, test_classes[:, f], streams[f]) for f in costly_first
    )
    return [fits[place] for place in np.argsort(costly_first)]


def _successive_streams(class_counts: list[int], seed: int) -> list[np.random.RandomState]:
    """A generator for each factor, where one generator would stand if the factors were fitted in turn.

    A tree draws one number, for its choice between equal splits, and a stage grows a tree for each class.
    Thus the result is that of the published code after `np.random.seed(seed)`, with any number of workers.
    """
    streams, drawn = [], 0
    for count in class_counts:
        stream = np.random.RandomState(seed)
        stream.randint(np.iinfo(np.int32).max, size=drawn)
        streams.append(stream)
        drawn += STAGES * (count if count > 2 else 1)
    return streams


def _fit(
    codes: np.ndarray,
    target: np.ndarray,
    test_codes: np.ndarray,
    test_target: np.ndarray,
    stream: np.random.RandomState,
) -> tuple[np.ndarray, float, float]:
    """Importance of each code (D,), accuracy on the training and on the test points."""
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(n_estimators=STAGES, random_state=stream).fit(codes, target)
    train = np.mean(model.predict(codes) == target)
    test = np.mean(model.predict(test_codes) == test_target)
    return np.abs(model.feature_importances_), float(train), float(test)

"""DCI: for how many factors each code matters, how many codes tell each factor, and how well."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import CallError, Unsupported
from ..registry import metric
from .discretize import train_test_classes
from .importances import PREDICTORS, ImportanceTask
from .metric_warnings import check_learnable
from .placement import assign_latents
from .points import split_points
from .standardize import learning_units


class _DCI(TypedDict):
    """The three scores, and what they are means of."""

    disentanglement: float
    completeness: float
    informativeness_train: float
    informativeness_test: float
    importance: np.ndarray
    disentanglement_per_code: np.ndarray
    completeness_per_factor: np.ndarray
    accuracy_train: np.ndarray
    accuracy_test: np.ndarray


class DCI(_DCI, total=False):
    """The scores; of the lassos, coefficients with their signs; for `lasso-dummies`, latents of factors."""

    coefficients: np.ndarray
    assigned_latents: np.ndarray
    assigned_importance: np.ndarray


@metric("dci")
def dci(
    codes: np.ndarray,
    factors: np.ndarray,
    test_codes: np.ndarray | None = None,
    test_factors: np.ndarray | None = None,
    *,
    train_size: int | None = None,
    variant: str = "gbt",
    seed: int = 0,
    n_jobs: Count | None = None,
    alpha: float = 0.02,
    depth: Count | None = None,
) -> DCI:
    """DCI from the importance R (D, F) of each code for predicting each factor.

    Dᵢ = 1 − H_F(Rᵢ·) and Cⱼ = 1 − H_D(R·ⱼ), entropies of the normalised row and column; `disentanglement` is
    the mean of D weighted by Σⱼ Rᵢⱼ, `completeness` that of C weighted by Σᵢ Rᵢⱼ (plain for the lassos).
    Informativeness is the mean over factors of the accuracy, or of 1 − (squared error / training variance)
    where the predictor is a regressor. Codes (N, D), factors (N, F), split as `split_points` says.

    variant: `gbt`, boosted trees of depth 3, the study's (Locatello et al. 2019: scikit-learn's, after
    `np.random.seed(seed)`); `sklearn`, the same by scikit-learn itself, some thirty times slower; `hist`, the
    same on codes cut into 255 bins, as histogram-based libraries see them (no faster); `xgb`, `lightgbm`:
    those packages, with the same stages, depth and rate.
    By Eastwood & Williams 2018: `lasso`, |coefficients| for standardised codes and factors; `forest`, ten
    regression trees; `lasso-raw`, the lasso without standardising (Do & Tran 2020);
    `lasso-dummies`, with noise factors up to F = D and logarithms to that base (Montero et al. 2022); also
    each factor's latent `assigned_latents` (F,), one-to-one with the largest sum of R, noise factors included
    (Kuhn 1955), and its importance `assigned_importance` (F,).
    Of all these, `lasso-raw` alone depends on the scale of the codes. Lassos give their `coefficients`, too.
    alpha: the lassos' penalty. depth: of trees, 3 when boosted and 12 in the forest if None.

    >>> factors = np.stack([np.arange(600) % 2, np.arange(600) // 2 % 3], axis=1)
    >>> scores = dci(factors.astype(float), factors, train_size=300)
    >>> round(scores["disentanglement"], 6), round(scores["completeness"], 6), scores["informativeness_test"]
    (1.0, 1.0, 1.0)

    Raises:
        Unsupported: fewer than two codes or factors, or a factor with a single value.
        CallError: an unknown variant, or one whose package is missing.
    """
    if variant not in PREDICTORS:
        raise CallError(f"DCI has no variant {variant!r}; choose one of {', '.join(PREDICTORS)}")
    train, test = split_points(codes, factors, test_codes, test_factors, train_size, seed=seed)
    if train.codes.shape[1] < 2 or train.factors.shape[1] < 2:
        raise Unsupported(
            f"DCI compares codes with each other and factors with each other: it needs at least 2 of both, "
            f"got {train.codes.shape[1]} and {train.factors.shape[1]}"
        )
    classes = train_test_classes(train.factors, test.factors)
    check_learnable(len(train.codes), len(test.codes), classes[0], train.codes.shape[1])
    if variant != "lasso-raw":
        units = learning_units(train.codes)
        train, test = (part._replace(codes=units(part.codes)) for part in (train, test))
    found = PREDICTORS[variant](ImportanceTask(train, test, *classes, seed, n_jobs, alpha, depth))
    of_all = np.hstack([found.importance, found.dummies])
    per_code, per_factor = disentanglement_per_code(of_all), completeness_per_factor(found.importance)
    weights = found.importance.sum(axis=0) if found.weighted else np.ones(len(per_factor))
    scores = DCI(
        disentanglement=weighted_mean(per_code, of_all.sum(axis=1)),
        completeness=weighted_mean(per_factor, weights),
        informativeness_train=float(found.train.mean()),
        informativeness_test=float(found.test.mean()),
        importance=found.importance,
        disentanglement_per_code=per_code,
        completeness_per_factor=per_factor,
        accuracy_train=found.train,
        accuracy_test=found.test,
    )
    if variant == "lasso-dummies":
        assigned = assign_latents(of_all)[: found.importance.shape[1]]
        scores["assigned_latents"] = assigned
        own = found.importance[assigned, np.arange(len(assigned))]
        scores["assigned_importance"] = np.where(assigned >= 0, own, 0.0)
    if found.coefficients is not None:
        scores["coefficients"] = found.coefficients
    return scores


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

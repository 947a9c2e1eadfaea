"""R²: how much of every factor a linear map of the codes, or a prediction, explains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np

from ..errors import CallError
from ..registry import metric
from .discretize import varying_factor_classes
from .linear_models import explained, fit_linear
from .metric_warnings import check_codes
from .points import split_points, validate_matrix
from .standardize import learning_units


class _R2(TypedDict):
    linear_train: float
    linear_test: float
    train_per_factor: np.ndarray
    test_per_factor: np.ndarray


class R2(_R2, total=False):
    """The scores, and those of each factor."""

    grid_test: float
    grid_per_factor: np.ndarray


@metric("r2")
def r2(
    codes: np.ndarray,
    factors: np.ndarray,
    test_codes: np.ndarray | None = None,
    test_factors: np.ndarray | None = None,
    *,
    train_size: int | None = None,
    seed: int = 0,
    sizes: Sequence[int] | None = None,
) -> R2:
    """R² = 1 − mean squared error / variance of each factor, predicted linearly from all codes.

    The map, with intercept, is fitted to the training points. linear_*: the variance is that of the factor
    among the points scored (1 for a factor that is constant there if it is predicted exactly, else 0).
    grid_test: it is that of the full grid of `sizes` (F,), so that a test split which shows few values of a
    factor is not punished for it. Without `sizes`, they are those of training factors whose values are whole
    numbers in unbroken rows; of others, grid_test is absent. Codes (N, D), factors (N, F) as numbers, split
    as `split_points` says, by `seed`.
    Source of grid_test: Schott et al. 2022 (arXiv 2107.08221), section 3 (InDomainGeneralizationBenchmark).

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> codes = factors.astype(float)
    >>> round(r2(codes, factors, codes, factors)["linear_test"], 6)
    1.0
    """
    train, test = split_points(codes, factors, test_codes, test_factors, train_size, seed=seed)
    varying_factor_classes(train.factors)
    check_codes(len(train.codes), train.codes.shape[1])
    units = learning_units(train.codes)
    train, test = (part._replace(codes=units(part.codes)) for part in (train, test))
    predict = fit_linear(train.codes, train.factors.astype(float))
    predictions = predict(test.codes)
    of_train = explained(predict(train.codes), train.factors)
    of_test = explained(predictions, test.factors)
    result = R2(
        linear_train=float(of_train.mean()),
        linear_test=float(of_test.mean()),
        train_per_factor=of_train,
        test_per_factor=of_test,
    )
    if sizes is None:
        sizes = _seen_sizes(train.factors)
    if sizes is not None:
        result["grid_per_factor"] = grid_r2(predictions, test.factors, sizes)
        result["grid_test"] = float(result["grid_per_factor"].mean())
    return result


def grid_r2(predictions: np.ndarray, factors: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """R² (F,) = 1 − mean squared error / variance of the full grid, of predicted factor indices (N, F).

    Dividing both by (size − 1)², as the benchmark does, changes nothing. Of a factor with a single value it
    is 1 if that is predicted exactly, else 0.
    """
    predictions = validate_matrix(predictions, "predictions")
    factors = validate_matrix(factors, "factors")
    if predictions.shape != factors.shape or len(sizes) != factors.shape[1]:
        raise CallError(
            f"predictions {predictions.shape}, factors {factors.shape} and {len(sizes)} sizes do not match"
        )
    variance = (np.square(np.asarray(sizes, dtype=float)) - 1) / 12
    return explained(predictions, factors, variance)


def _seen_sizes(factors: np.ndarray) -> list[int] | None:
    """Sizes of the grid that factors (N, F) fill, each step by step; None if they leave a step out."""
    levels = [np.unique(column) for column in factors.T]
    if all((np.diff(column) == 1).all() for column in levels):
        return [len(column) for column in levels]
    return None

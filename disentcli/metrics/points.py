"""Points that metrics compare: codes and factors of the same rows, checked once and split into two parts."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..errors import CallError

TRAINING_SHARE = 2 / 3  # of the points, where no size is given


class Points(NamedTuple):
    """Codes (N, D) and factors (N, F) of the same N points."""

    codes: np.ndarray
    factors: np.ndarray


def checked(codes: Any, factors: Any, what: str = "points") -> Points:
    """Codes (N, D) and factors (N, F) as arrays of finite numbers of equal length.

    Raises:
        CallError: one is no matrix of numbers, is empty or not finite, or the lengths differ.
    """
    points = Points(
        checked_matrix(codes, f"codes of the {what}"), checked_matrix(factors, f"factors of the {what}")
    )
    if len(points.codes) != len(points.factors):
        raise CallError(
            f"the {what} have {len(points.codes):,} rows of codes but {len(points.factors):,} of factors; "
            "row n of both must belong to the same point"
        )
    return points


def checked_matrix(values: Any, what: str = "codes") -> np.ndarray:
    """A matrix (N, D) of finite numbers, neither side empty: integers stay so, booleans become such.

    Raises:
        CallError: it is not; the message says what came, or names the first bad row and column.
    """
    matrix = np.asarray(values)
    if matrix.dtype.kind not in "biuf":
        raise CallError(f"the {what} must be real numbers, not of type {matrix.dtype}")
    if matrix.ndim != 2:
        raise CallError(f"the {what} must be a matrix of one row a point, not of shape {matrix.shape}")
    if not matrix.size:
        raise CallError(f"the {what} are empty: their shape is {matrix.shape}")
    if matrix.dtype.kind == "f" and not np.isfinite(matrix).all():
        row, column = np.argwhere(~np.isfinite(matrix))[0]
        raise CallError(f"the {what} are not finite: row {row}, column {column} is {matrix[row, column]}")
    return matrix.astype(np.int64) if matrix.dtype.kind == "b" else matrix


def split_points(
    codes: Any,
    factors: Any,
    test_codes: Any = None,
    test_factors: Any = None,
    train_size: int | None = None,
) -> tuple[Points, Points]:
    """Training and test points: those given apart, or the first `train_size` rows and all that follow.

    Without test points and `train_size`, two thirds of the rows train.

    Raises:
        CallError: as `checked`; a part is empty; the two parts differ in width; both ways are used at once.
    """
    if test_codes is None and test_factors is None:
        points = checked(codes, factors)
        cut = int(len(points.codes) * TRAINING_SHARE) if train_size is None else train_size
        if not 0 < cut < len(points.codes):
            raise CallError(
                f"of {len(points.codes):,} points, {cut:,} cannot train and leave others to test; "
                f"choose a train-size between 1 and {len(points.codes) - 1:,}"
            )
        return Points(*(part[:cut] for part in points)), Points(*(part[cut:] for part in points))
    if test_codes is None or test_factors is None or train_size is not None:
        raise CallError("give test_codes and test_factors together, or train_size alone to cut the points")
    train, test = checked(codes, factors, "training points"), checked(test_codes, test_factors, "test points")
    for name, one, other in zip(Points._fields, train, test, strict=True):
        if one.shape[1] != other.shape[1]:
            raise CallError(
                f"the training {name} have {one.shape[1]} columns, those of the test points {other.shape[1]}"
            )
    return train, test

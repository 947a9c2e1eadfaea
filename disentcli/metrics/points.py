"""Points that metrics compare: codes and factors of the same rows, in one type of number, split in two."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..data.factors import are_classes
from ..errors import CallError
from .metric_warnings import warn
from .standardize import warn_of_rounding, without_rounding

TRAINING_SHARE = 2 / 3  # of the points, where no size is given
LARGEST_INTEGER = np.iinfo(np.int64).max


class Points(NamedTuple):
    """Codes (N, D) and factors (N, F) of the same N points."""

    codes: np.ndarray
    factors: np.ndarray


def validate_points(codes: Any, factors: Any, what: str = "points") -> Points:
    """Codes (N, D) and factors (N, F), of the types that `validate_matrix` and `validate_factors` give.

    A code that varies by rounding alone is made constant.

    Raises:
        CallError: one is no matrix of numbers, is empty or not finite, or the lengths differ.
    """
    points = Points(
        validate_matrix(codes, f"codes of the {what}"), validate_factors(factors, f"factors of the {what}")
    )
    if len(points.codes) != len(points.factors):
        raise CallError(
            f"the {what} have {len(points.codes):,} rows of codes but {len(points.factors):,} of factors; "
            "row n of both must belong to the same point"
        )
    return points._replace(codes=_without_rounding(points.codes))


def validate_codes(codes: Any, what: str = "codes") -> np.ndarray:
    """Codes (N, D) alone, as `validate_points` gives them."""
    return _without_rounding(validate_matrix(codes, what))


def _without_rounding(codes: np.ndarray) -> np.ndarray:
    warn_of_rounding(codes)
    return without_rounding(codes)


def validate_matrix(values: Any, what: str = "codes") -> np.ndarray:
    """A matrix (N, D) of finite numbers as float64, of whatever type they came; neither side is empty.

    Raises:
        CallError: it is not; the message says what came, or names the first bad row and column.
    """
    matrix = _real_matrix(values, what)
    with np.errstate(over="ignore"):  # what float64 cannot hold is refused as infinite
        numbers = matrix.astype(np.float64, copy=False)
    if not np.isfinite(numbers).all():
        row, column = np.argwhere(~np.isfinite(numbers))[0]
        value = matrix[row, column]
        problem = "too large for double precision (1.8e308)" if np.isfinite(value) else "not finite"
        raise CallError(f"the {what} are {problem}: row {row}, column {column} is {value!s}")
    return numbers


def validate_factors(values: Any, what: str = "factors") -> np.ndarray:
    """Factors (N, F) of whatever type: int64 where all are whole, be it written as `3.0`, else float64.

    Raises:
        CallError: as `validate_matrix`; a whole number is beyond int64.
    """
    matrix = _real_matrix(values, what)
    if matrix.dtype.kind == "u" and int(matrix.max()) > LARGEST_INTEGER:
        row, column = np.argwhere(matrix > LARGEST_INTEGER)[0]
        raise CallError(
            f"the {what} are too large for classes: row {row}, column {column} is {matrix[row, column]}, "
            f"beyond {LARGEST_INTEGER}"
        )
    if matrix.dtype.kind in "biu":
        return matrix.astype(np.int64, copy=False)
    numbers = validate_matrix(matrix, what)
    return numbers.astype(np.int64) if are_classes(numbers) else numbers


def _real_matrix(values: Any, what: str) -> np.ndarray:
    """A matrix (N, D) of real numbers, neither side empty, of the type that they came in."""
    try:
        matrix = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:  # rows of various lengths, a tensor on a GPU
        detail = str(error).partition("\n")[0]
        raise CallError(f"the {what} cannot be read as a matrix of numbers: {detail}") from error
    if matrix.dtype.kind not in "biuf":
        raise CallError(f"the {what} must be real numbers, not of type {matrix.dtype}")
    if matrix.ndim != 2:
        raise CallError(f"the {what} must be a matrix of one row a point, not of shape {matrix.shape}")
    if not matrix.size:
        raise CallError(f"the {what} are empty: their shape is {matrix.shape}")
    return matrix


def split_points(
    codes: Any,
    factors: Any,
    test_codes: Any = None,
    test_factors: Any = None,
    train_size: int | None = None,
    *,
    seed: int = 0,
) -> tuple[Points, Points]:
    """Training and test points: those given apart, or rows of one set of points.

    Without test points, two thirds of the rows train and the others test, drawn at random by `seed`. With
    `train_size`, for points in an order of one's own, the first so many train and all that follow test.

    Raises:
        CallError: as `validate_points`; a part is empty; they differ in width; both ways are used at once.
    """
    if test_codes is None and test_factors is None:
        return _cut(validate_points(codes, factors), train_size, seed)
    if test_codes is None or test_factors is None or train_size is not None:
        raise CallError("give test_codes and test_factors together, or train_size alone to cut the points")
    train, test = (
        validate_points(codes, factors, "training points"),
        validate_points(test_codes, test_factors, "test points"),
    )
    for name, one, other in zip(Points._fields, train, test, strict=True):
        if one.shape[1] != other.shape[1]:
            raise CallError(
                f"the training {name} have {one.shape[1]} columns, those of the test points {other.shape[1]}"
            )
    kind = np.result_type(train.factors, test.factors)  # classes in one part, real numbers in the other
    return (
        Points(train.codes, train.factors.astype(kind, copy=False)),
        Points(without_rounding(train.codes, test.codes), test.factors.astype(kind, copy=False)),
    )


def unseen_in_training(factors: np.ndarray, test_factors: np.ndarray) -> list[int]:
    """The columns of classes in which test points (M, F) have values that no training point (N, F) has."""
    columns = zip(factors.T, test_factors.T, strict=True)
    return [
        k
        for k, (train, test) in enumerate(columns)
        if are_classes(train) and are_classes(test) and not np.isin(test, train).all()
    ]


def _cut(points: Points, train_size: int | None, seed: int) -> tuple[Points, Points]:
    """The two parts of points in a random order, or in their own where the size of the first is given."""
    count = len(points.codes)
    cut = int(count * TRAINING_SHARE) if train_size is None else train_size
    if not 0 < cut < count:
        raise CallError(
            f"of {count:,} points, {cut:,} cannot train and leave others to test; "
            f"choose a train-size between 1 and {count - 1:,}"
        )
    order = np.random.default_rng(seed).permutation(count) if train_size is None else np.arange(count)
    train, test = (Points(*(part[rows] for part in points)) for rows in (order[:cut], order[cut:]))
    unseen = unseen_in_training(train.factors, test.factors)
    if unseen and train_size is not None:
        warn(
            f"the first {cut:,} rows lack values of factor {unseen[0]} that later rows have: if the rows are "
            "in the order of a grid, leave train_size out to draw them at random"
        )
    return train, test

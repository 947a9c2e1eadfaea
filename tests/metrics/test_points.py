"""Points are checked once, with messages that name what is wrong, and split into two parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from disentcli.errors import CallError
from disentcli.metrics import dci, med, modularity_explicitness, r2, sap
from disentcli.metrics.points import (
    split_points,
    unseen_in_training,
    validate_factors,
    validate_matrix,
    validate_points,
)

CODES, FACTORS = np.linspace(0, 1, 18).reshape(9, 2), np.arange(9)[:, None]


def test_good_points_stay_as_they_are_and_lists_become_arrays() -> None:
    points = validate_points(CODES, FACTORS)
    assert points.codes is CODES
    assert points.factors.dtype == FACTORS.dtype
    assert validate_points([[1.0], [2.0]], [[True], [False]]).factors.tolist() == [[1], [0]]


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f4", np.longdouble, "u1", "u8", "i1", "i8", bool])
def test_numbers_of_every_type_become_one_type(dtype: Any) -> None:
    values = np.array([[0, 1], [1, 0], [1, 1]])
    points = validate_points(values.astype(dtype), values.astype(dtype))
    assert (points.codes.dtype, points.factors.dtype) == (np.float64, np.int64)
    assert points.codes.dtype.isnative
    np.testing.assert_array_equal(points.codes, values)
    np.testing.assert_array_equal(points.factors, values)


def test_factors_that_are_not_all_whole_are_double() -> None:
    assert validate_factors([[0.5, 1], [1, 2]]).dtype == np.float64
    assert validate_factors(np.array([[0.5]], "f2")).dtype == np.float64
    assert validate_factors([[2.0**60], [1]]).dtype == np.float64  # whole, but not told apart from 2⁶⁰ + 1


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.array([[2**64 - 1]], "u8"), "too large for classes: row 0, column 0 is 18446744073709551615"),
        (np.array([["1970-01-01"]], "M8[D]"), r"must be real numbers, not of type datetime64\[D\]"),
        (np.array([[1, None]]), "must be real numbers, not of type object"),
        ([[1, 2], [3]], "cannot be read as a matrix of numbers: .*inhomogeneous"),
        (torch.zeros(2, 2, dtype=torch.bfloat16), "cannot be read as a matrix of numbers: .*BFloat16"),
    ],
)
def test_what_no_number_type_holds_is_refused(values: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        validate_factors(values)


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="long double is double here")
def test_long_doubles_beyond_double_precision_are_refused() -> None:
    with pytest.raises(CallError, match=r"too large for double precision .*: row 1, column 0 is 1e"):
        validate_matrix(np.array([["1"], ["1e4000"]]).astype(np.longdouble))


def test_classes_and_real_numbers_in_two_parts_become_one_type() -> None:
    train, test = split_points(CODES, FACTORS, CODES, FACTORS + 0.5)
    assert train.factors.dtype == test.factors.dtype == np.float64


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (CODES[:, 0], r"codes of the points must be a matrix of one row a point, not of shape \(9,\)"),
        (CODES[:0], r"codes of the points are empty: their shape is \(0, 2\)"),
        (CODES[:, :0], r"codes of the points are empty: their shape is \(9, 0\)"),
        (CODES.astype(str), "codes of the points must be real numbers, not of type <U"),
        (CODES.astype(complex), "must be real numbers, not of type complex128"),
        (CODES[:5], "the points have 5 rows of codes but 9 of factors"),
        (np.where(CODES > 0.99, np.nan, CODES), "not finite: row 8, column 1 is nan"),
        (np.where(CODES > 0.5, -np.inf, CODES), "not finite: row 4, column 1 is -inf"),
    ],
)
def test_wrong_codes_are_refused_with_what_came(codes: Any, message: str) -> None:
    with pytest.raises(CallError, match=message):
        validate_points(codes, FACTORS)


def test_wrong_factors_are_refused_too_under_the_name_given() -> None:
    with pytest.raises(CallError, match="factors of the test points are not finite: row 0, column 0 is inf"):
        validate_points(CODES, np.full((9, 1), np.inf), "test points")
    with pytest.raises(CallError, match="the latents are not finite"):
        validate_matrix(np.full((1, 1), np.nan), "latents")


def test_the_first_rows_train_and_the_next_test_where_their_number_is_given() -> None:
    with pytest.warns(UserWarning, match="the first 7 rows lack values of factor 0 that later rows have"):
        train, test = split_points(CODES, FACTORS, train_size=7)
    np.testing.assert_array_equal(train.codes, CODES[:7])
    np.testing.assert_array_equal(test.factors, FACTORS[7:])


def test_two_thirds_drawn_by_the_seed_train_where_no_number_is_given() -> None:
    order = np.random.default_rng(4).permutation(9)
    train, test = split_points(CODES, FACTORS, seed=4)
    assert train.factors[:, 0].tolist() == order[:6].tolist()
    assert test.factors[:, 0].tolist() == order[6:].tolist()
    np.testing.assert_array_equal(train.codes, CODES[order[:6]])


@pytest.mark.parametrize("metric", [dci, med, modularity_explicitness, r2, sap])
def test_points_in_the_order_of_a_grid_score_as_in_any_order(metric: Any) -> None:
    grid = np.stack(np.unravel_index(np.arange(360), (4, 5, 3, 6)), axis=1)
    codes = grid + 0.3 * np.random.default_rng(0).normal(size=grid.shape)
    order = np.random.default_rng(0).permutation(360)
    found = metric(codes, grid)
    given = metric(codes[order[:240]], grid[order[:240]], codes[order[240:]], grid[order[240:]])
    for name, value in found.items():
        np.testing.assert_array_equal(value, given[name])


def test_perfect_codes_in_the_order_of_a_grid_are_perfect() -> None:
    grid = np.stack(np.unravel_index(np.arange(960), (6, 5, 4, 8)), axis=1)
    codes = grid[:, ::-1] * 1.5 - 2
    assert dci(codes, grid)["informativeness_test"] > 0.99
    assert r2(codes, grid)["linear_test"] == pytest.approx(1.0)
    assert (
        modularity_explicitness(codes, grid)["explicitness_test"] > 0.98
    )  # its linear classifier is not perfect


def test_only_classes_that_no_training_point_has_count_as_unseen() -> None:
    train = np.array([[0, 0.5, 1], [1, 1.5, 1]])
    assert unseen_in_training(train, np.array([[0, 2.5, 1], [1, 0.5, 2]])) == [2]


def test_points_given_apart_stay_apart() -> None:
    train, test = split_points(CODES, FACTORS, CODES[:2], FACTORS[:2])
    assert (len(train.codes), len(test.factors)) == (9, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"train_size": 9}, "of 9 points, 9 cannot train and leave others to test; .* between 1 and 8"),
        ({"train_size": 0}, "of 9 points, 0 cannot train"),
        ({"test_codes": CODES}, "give test_codes and test_factors together"),
        ({"test_codes": CODES, "test_factors": FACTORS, "train_size": 3}, "or train_size alone"),
        (
            {"test_codes": CODES[:, :1], "test_factors": FACTORS},
            "training codes have 2 columns, those of the test points 1",
        ),
    ],
)
def test_points_that_cannot_be_split_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(CallError, match=message):
        split_points(CODES, FACTORS, **arguments)

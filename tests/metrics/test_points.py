"""Points are checked once, with messages that name what is wrong, and split into two parts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from disentcli.errors import CallError
from disentcli.metrics.points import checked, checked_matrix, split_points

CODES, FACTORS = np.linspace(0, 1, 18).reshape(9, 2), np.arange(9)[:, None]


def test_good_points_stay_as_they_are_and_lists_become_arrays() -> None:
    points = checked(CODES, FACTORS)
    assert points.codes is CODES
    assert points.factors.dtype == FACTORS.dtype
    assert checked([[1.0], [2.0]], [[True], [False]]).factors.tolist() == [[1], [0]]


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
        checked(codes, FACTORS)


def test_wrong_factors_are_refused_too_under_the_name_given() -> None:
    with pytest.raises(CallError, match="factors of the test points are not finite: row 0, column 0 is inf"):
        checked(CODES, np.full((9, 1), np.inf), "test points")
    with pytest.raises(CallError, match="the latents are not finite"):
        checked_matrix(np.full((1, 1), np.nan), "latents")


def test_the_first_rows_train_and_the_next_test() -> None:
    train, test = split_points(CODES, FACTORS, train_size=7)
    np.testing.assert_array_equal(train.codes, CODES[:7])
    np.testing.assert_array_equal(test.factors, FACTORS[7:])
    assert [len(part.codes) for part in split_points(CODES, FACTORS)] == [6, 3]


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

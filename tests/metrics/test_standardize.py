"""Standardised codes: numpy's to the last digit, also where squares overflow or vanish."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from disentcli.metrics.discretize import histogram_bins
from disentcli.metrics.infomec.metric import infomec
from disentcli.metrics.metric_warnings import MetricWarning
from disentcli.metrics.points import split_points, validate_points
from disentcli.metrics.rmig import rmig
from disentcli.metrics.standardize import (
    constant_codes,
    learning_units,
    penalised_units,
    rescaled,
    scaling_of,
    without_rounding,
)

CODES = np.random.default_rng(0).normal(3, 2, size=(200, 4))
FACTORS = np.random.default_rng(1).integers([3, 4], size=(200, 2))


def test_is_numpys_mean_and_deviation() -> None:
    scaling = scaling_of(CODES)
    np.testing.assert_array_equal(scaling.centre, CODES.mean(axis=0))
    np.testing.assert_array_equal(scaling.deviation, CODES.std(axis=0))
    np.testing.assert_array_equal(scaling(CODES), (CODES - CODES.mean(axis=0)) / CODES.std(axis=0))


def test_a_constant_code_becomes_zero() -> None:
    for value in (0.0, 0.3, -1e300, 7):
        assert scaling_of(np.full((30, 1), value))(np.full((30, 1), value)).tolist() == [[0.0]] * 30


@pytest.mark.parametrize("scale", [2.0**-1000, 2.0**1000])
def test_scores_of_huge_and_tiny_codes_are_those_of_plain_ones(scale: float) -> None:
    assert rmig(CODES * scale, FACTORS)["rmig"] == rmig(CODES, FACTORS)["rmig"]
    plain, scaled = infomec(CODES, FACTORS), infomec(CODES * scale, FACTORS)
    for score in ("infom", "infoe", "infoc", "infom_gap", "infoe_regression"):
        assert scaled[score] == pytest.approx(plain[score], abs=1e-9)  # type: ignore[literal-required]


def test_codes_that_differ_in_their_last_digit_are_still_binned() -> None:
    near = np.array([[1e17], [1e17 + 16], [1e17 + 32]])
    assert histogram_bins(near).tolist() == [[1], [11], [20]]
    assert histogram_bins(np.full((3, 1), 1e300)).tolist() == [[1], [1], [1]]


def test_a_code_is_constant_up_to_the_rounding_of_single_precision() -> None:
    """A millionth of its size: a float32 of 1 is rounded by 1.2e-7, a sum of them by a few times that."""
    for size in (1e-300, 1e-12, 0.3, 1.0, 1e6, 1e300):
        for share, constant in ((0.0, True), (1e-8, True), (5e-7, True), (2e-6, False), (1.0, False)):
            codes = size * np.array([[1.0], [1.0 + share], [1.0 + share / 2]])
            assert constant_codes(codes).tolist() == [constant], (size, share)
            assert constant_codes(-codes).tolist() == [constant], (size, share)
    assert constant_codes(np.array([[0.0, 1e-300], [0.0, -1e-300]])).tolist() == [True, False]
    assert constant_codes(np.array([[1.7e308], [-1.7e308]])).tolist() == [False]


def test_single_precision_of_equal_numbers_is_constant() -> None:
    """A dot product in float32, summed in 500 orders, gives one number but for rounding."""
    rng = np.random.default_rng(0)
    terms = rng.normal(1, 1, 64).astype(np.float32)
    sums = np.array([[np.add.reduce(rng.permutation(terms), dtype=np.float32)] for _ in range(500)])
    assert len(np.unique(sums)) > 1
    assert constant_codes(sums.astype(float)).all()


def test_points_have_no_code_that_is_rounding_and_say_so() -> None:
    codes, factors = CODES.copy(), FACTORS
    codes[:, 2] = 0.7 * (1 + 1e-9 * CODES[:, 2])
    with pytest.warns(MetricWarning, match=r"codes 2 vary by less than 1e-6 .*subtract their mean"):
        points = validate_points(codes, factors)
    assert (points.codes[:, 2] == codes[0, 2]).all()
    np.testing.assert_array_equal(points.codes[:, [0, 1, 3]], codes[:, [0, 1, 3]])
    with pytest.warns(MetricWarning):
        train, test = split_points(codes[:150], factors[:150], codes[150:], factors[150:])
    assert (train.codes[:, 2] == codes[0, 2]).all()
    assert (test.codes[:, 2] == codes[0, 2]).all()  # what training did not see vary tells nothing in test


def test_without_rounding_is_the_same_array_where_all_vary() -> None:
    assert without_rounding(CODES) is CODES


def test_ordinary_codes_are_learned_from_as_they_come() -> None:
    """Codes between a thousandth and 256 wide: what scikit-learn gets is what it always got."""
    for codes in (CODES, CODES * 0.001, CODES * 10, CODES + 500, np.arange(40.0)[:, None]):
        np.testing.assert_array_equal(learning_units(codes)(codes), codes)


@pytest.mark.parametrize("power", [-1000, -40, -11, 9, 40, 1000])
@pytest.mark.parametrize("shift", [0, 2.0**20])
def test_other_codes_are_brought_near_without_losing_a_digit(power: int, shift: float) -> None:
    whole = np.random.default_rng(0).integers(-1000, 1001, size=(200, 3)) / 1024  # 12 bits: shifts are exact
    codes = (whole + shift) * 2.0**power
    found = learning_units(codes)(codes)
    ranges = np.ptp(found, axis=0)
    assert (ranges >= 2.0**-10).all()
    assert (ranges < 2.0**8).all()
    exact = (whole - whole.min(axis=0)) / np.ptp(whole, axis=0)
    np.testing.assert_array_equal((found - found.min(axis=0)) / ranges, exact)
    np.testing.assert_array_equal(found.astype(np.float32), found)  # nor in single precision


def test_a_constant_code_is_nothing_to_learn_from() -> None:
    codes = np.column_stack([np.full(30, 1e300), 3 * (1 + 1e-8 * np.arange(30)), np.arange(30.0)])
    assert not learning_units(codes)(codes)[:, :2].any()


def test_a_penalty_keeps_small_codes_small_and_says_so() -> None:
    with pytest.warns(
        MetricWarning, match=r"penalty of the classifier.*2.1e-08 about 3.1e-08.*standardise: true"
    ):
        units = penalised_units(CODES * 1e-8, "classifier")
    np.testing.assert_array_equal(units(CODES * 1e-8), CODES * 1e-8)
    with pytest.warns(MetricWarning, match="about 1e"):
        penalised_units(CODES + 1000, "classifier")
    with warnings.catch_warnings():
        warnings.simplefilter("error", MetricWarning)
        far = penalised_units(CODES + 1000, "regression", free_intercept=True)(CODES + 1000)
        np.testing.assert_allclose(far, CODES - CODES.mean(axis=0), atol=1e-9)
        penalised_units(np.ones((9, 2)), "classifier")
    large = penalised_units(CODES * 2.0**900, "classifier")(CODES * 2.0**900)
    assert np.ptp(large, axis=0).min() > 2.0**6
    assert np.ptp(large, axis=0).max() < 2.0**8


def test_what_is_too_large_in_units_of_the_codes_is_infinite() -> None:
    assert float(rescaled(3.0, 2.0**600, 2)) == np.inf
    assert rescaled(np.array([3.0, 0.0]), 2.0**500, 2).tolist() == [3 * 2.0**1000, 0.0]
    assert float(rescaled(3.0, 2.0**-600, 2)) == 0.0

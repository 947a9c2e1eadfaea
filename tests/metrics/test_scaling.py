"""Standardised codes: numpy's to the last digit, also where squares overflow or vanish."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.metrics.classes import histogram_bins
from disentcli.metrics.infomec.metric import infomec
from disentcli.metrics.rmig import rmig
from disentcli.metrics.scaling import scaling_of

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

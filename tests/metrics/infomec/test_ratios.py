"""Pruning rules, and ratios and gaps of known matrices and of those that the published code cannot score."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.errors import CallError
from disentcli.metrics.infomec.ratios import (
    ActivityRule,
    compactness_gap,
    compactness_ratio,
    modularity_gap,
    modularity_ratio,
)

from .published import ARRAYS


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("range/8", [True, True, False, False]),
        ("range/20", [True, True, True, False]),
        ("range>0", [True, True, True, False]),
        ("range > 2", [True, False, False, False]),
        ("iqr/10", [True, True, False, False]),
        ("iqr>0.7", [True, True, False, False]),
        ("iqr>0.8", [True, False, False, False]),
    ],
)
def test_rules(rule: str, expected: list[bool]) -> None:
    ramp = np.linspace(0, 1, 101)
    spike = np.where(np.arange(101) == 50, 0.9, 0.0)  # it has a range, but its quartiles are equal
    codes = np.stack([10 * ramp, 1.5 * ramp, spike, np.full(101, 3.0)], axis=1)
    assert ActivityRule.parse(rule).active(codes).tolist() == expected


def test_constant_codes_are_never_active() -> None:
    for rule in ("range/8", "range>0", "iqr/10", "iqr>0.1"):
        assert not ActivityRule.parse(rule).active(np.ones((10, 3))).any()


@pytest.mark.parametrize("text", ["range", "range/0.5", "std/3", "range<8", "", "8"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(CallError, match="is no pruning rule; write range/20"):
        ActivityRule.parse(text)


ALL, SOME, ONE = ARRAYS["micro_mask_all"], ARRAYS["micro_mask_some"], ARRAYS["micro_mask_one"]
FULL, EMPTY_ROWS = ARRAYS["micro_nmi"], ARRAYS["micro_nmi_zero_rows"]


@pytest.mark.parametrize(
    ("matrix", "active", "expected"),
    [
        (FULL, ALL, (0.478271929759, 0.358954628921, 0.191715614706, 0.139353229536)),
        (FULL, SOME, (0.49508599299, 0.609093597353, 0.180799858674, 0.139353229536)),
        (EMPTY_ROWS, ALL, (0.49508599299, 0.635154024197, 0.129142756195, 0.309070431458)),
        (EMPTY_ROWS, SOME, (0.49508599299, 0.609093597353, 0.180799858674, 0.309070431458)),
    ],
)
def test_equals_the_authors_code(matrix: np.ndarray, active: np.ndarray, expected: tuple[float, ...]) -> None:
    found = (
        modularity_ratio(matrix, active),
        compactness_ratio(matrix, active),
        modularity_gap(matrix, active),
        compactness_gap(matrix),
    )
    assert found == pytest.approx(expected, abs=1e-10)


def test_one_active_code_is_compact_where_the_authors_code_divides_zero_by_zero() -> None:
    assert modularity_ratio(FULL, ONE) == pytest.approx(0.452744629204, abs=1e-10)
    assert modularity_gap(FULL, ONE) == pytest.approx(0.0474429833117, abs=1e-10)
    assert compactness_ratio(FULL, ONE) == 1.0
    assert compactness_ratio(FULL * 0, ONE) == 0.0


def test_no_active_code_and_no_information_score_zero() -> None:
    nobody = np.zeros(7, dtype=bool)
    for score in (modularity_ratio, compactness_ratio, modularity_gap, compactness_gap):
        assert score(FULL, nobody) == 0.0
        assert score(FULL * 0, ALL) == 0.0


def test_a_factor_that_no_code_knows_counts_as_evenly_shared() -> None:
    matrix = np.array([[1.0, 0, 0], [0, 1, 0]])
    everyone = np.ones(2, dtype=bool)
    assert compactness_ratio(matrix, everyone) == pytest.approx(((1 + 1 + 0.5) / 3 - 0.5) / 0.5)


def test_one_to_one_is_one_and_evenly_shared_is_zero() -> None:
    everyone = np.ones(4, dtype=bool)
    for score in (modularity_ratio, compactness_ratio, modularity_gap, compactness_gap):
        assert score(np.eye(4), everyone) == pytest.approx(1.0)
        assert score(np.full((4, 4), 0.3), everyone) == pytest.approx(0.0, abs=1e-12)


def test_one_code_for_two_factors_and_two_codes_for_one() -> None:
    shared = np.array([[1.0, 1, 0], [0, 0, 1]])
    assert modularity_ratio(shared, np.ones(2, dtype=bool)) == pytest.approx((0.75 - 1 / 3) / (2 / 3))
    assert compactness_ratio(shared, np.ones(2, dtype=bool)) == pytest.approx(1.0)
    assert modularity_ratio(shared.T, np.ones(3, dtype=bool)) == pytest.approx(1.0)
    assert compactness_ratio(shared.T, np.ones(3, dtype=bool)) == pytest.approx((0.75 - 1 / 3) / (2 / 3))


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(2, 5))
def test_bounds_and_order(seed: int, codes: int, factors: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.random((codes, factors)) * (rng.random((codes, factors)) < 0.7)
    active = rng.random(codes) < 0.8
    order = rng.permutation(codes)
    for score in (modularity_ratio, compactness_ratio, modularity_gap, compactness_gap):
        value = score(matrix, active)
        assert -1e-12 <= value <= 1 + 1e-12
        assert score(matrix[order], active[order]) == pytest.approx(value)

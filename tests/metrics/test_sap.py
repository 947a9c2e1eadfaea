"""SAP against disentanglement_lib's own values (inputs A, C, E; toys A, B) and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.sap import sap, sap_continuous

from . import reference, toys

INPUTS = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}
DISCRETE = {"A": 0.22668, "C": 0.18004, "E": 0.1481}  # scikit-learn 1.9.1; 0.21.3: equal to 0.0001
CONTINUOUS = {"A": 0.999713589056, "C": 0.798897286682, "E": 0.19782267179}


@pytest.mark.parametrize("name", INPUTS)
def test_equals_disentanglement_lib(name: str) -> None:
    codes, factors = INPUTS[name]()
    assert sap(codes, factors, train_size=reference.TRAIN)["sap"] == pytest.approx(DISCRETE[name], abs=1e-6)


@pytest.mark.parametrize("name", INPUTS)
def test_continuous_equals_disentanglement_lib(name: str) -> None:
    codes, factors = (part[: reference.TRAIN] for part in INPUTS[name]())
    assert sap_continuous(codes, factors)["sap"] == pytest.approx(CONTINUOUS[name], abs=1e-9)


@pytest.mark.slow
def test_the_dual_solver_finds_the_same() -> None:
    codes, factors = reference.quantised_input()
    result = sap(codes, factors, train_size=reference.TRAIN, dual=True)
    assert result["sap"] == pytest.approx(DISCRETE["E"], abs=2e-4)


def test_equals_disentanglement_lib_on_its_own_points() -> None:
    train, test = toys.points(2000, 1000)
    for toy, discrete, continuous in ((toys.toy_a, 0.2064, 0.652205), (toys.toy_b, 0.0452, 0.100031)):
        assert sap(toy(train), train, toy(test), test)["sap"] == pytest.approx(discrete, abs=5e-5)
        assert sap_continuous(toy(train), train)["sap"] == pytest.approx(continuous, abs=1e-6)


def test_identity_is_nearly_one_and_a_duplicate_leaves_no_gap() -> None:
    factors = np.random.RandomState(0).randint(1, 11, size=(3000, 10))
    assert sap_continuous(factors, factors)["sap"] == pytest.approx(0.99907040, abs=1e-8)
    twice = np.hstack([factors, factors])[:600]
    assert sap_continuous(twice, factors[:600])["sap"] == pytest.approx(0, abs=1e-12)
    assert sap(twice, factors[:600, :2], train_size=400)["sap"] == 0


def test_dead_codes_predict_the_same_as_each_other() -> None:
    (factors,) = toys.points(300)
    assert sap(np.ones((300, 2)), factors)["sap"] == 0
    assert sap_continuous(np.ones((300, 2)), factors)["sap"] == 0


def test_a_value_that_the_test_points_lack_and_one_that_only_they_have() -> None:
    codes = np.random.default_rng(0).normal(size=(90, 2))
    factors = np.arange(90)[:, None] % 3
    lacking = sap(codes, factors, codes[:20], factors[:20] % 2)
    assert 0 <= lacking["sap"] <= 1
    unseen = sap(np.hstack([factors, -factors]) * 1.0, factors, np.ones((10, 2)), np.full((10, 1), 7))
    assert unseen["score_matrix"].tolist() == [[0], [0]]


@settings(max_examples=10, deadline=None)
@given(st.permutations(range(6)), st.floats(0.5, 20), st.floats(-3, 3))
def test_order_scale_and_shift_of_codes_do_not_matter(order: list[int], scale: float, shift: float) -> None:
    (factors,) = toys.points(200)
    codes = toys.toy_b(factors)
    plain, moved = sap_continuous(codes, factors), sap_continuous(-scale * codes[:, order] + shift, factors)
    assert moved["sap"] == pytest.approx(plain["sap"], abs=1e-9)
    np.testing.assert_allclose(moved["score_matrix"], plain["score_matrix"][order], atol=1e-9)
    assert 0 <= plain["sap"] <= 1


def test_the_number_of_workers_does_not_change_the_result() -> None:
    (factors,) = toys.points(300)
    codes = toys.toy_a(factors)
    one, two = (sap(codes, factors, n_jobs=jobs)["score_matrix"] for jobs in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_what_cannot_be_computed_is_said() -> None:
    (factors,) = toys.points(60)
    for function in (sap, sap_continuous):
        with pytest.raises(Unsupported, match="latent-dim of at least 2"):
            function(factors[:, :1], factors)
        with pytest.raises(Unsupported, match="factor 1 has a single value"):
            function(factors, factors * np.array([1, 0, 1, 1, 1]))
        with pytest.raises(CallError, match="row 0, column 0 is nan"):
            function(factors * np.nan, factors)


def test_factors_turned_into_each_other_leave_no_gap() -> None:
    grid = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2)
    assert sap_continuous(grid @ np.array([[1, 1], [1, -1]]), grid)["sap"] == pytest.approx(0, abs=1e-12)
    shared = np.stack([grid.sum(axis=1), grid[:, 0] * 0], axis=1)  # one code for two factors, one dead
    assert sap_continuous(shared, grid)["score_matrix"].tolist() == pytest.approx(
        np.array([[0.5, 0.5], [0, 0]])
    )


def test_more_codes_than_points() -> None:
    rng = np.random.default_rng(0)
    codes, factors = rng.normal(size=(12, 20)), np.arange(12)[:, None] % np.array([2, 3])
    assert 0 <= sap(codes, factors, train_size=8)["sap"] <= 1
    assert 0 <= sap_continuous(codes, factors)["sap"] <= 1

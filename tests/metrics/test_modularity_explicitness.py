"""Modularity and explicitness against disentanglement_lib's own values and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.linear_models import Solver
from disentcli.metrics.modularity_explicitness import (
    modularity_explicitness,
    modularity_per_code,
    roc_areas,
    standardise,
)

from . import reference, toys

INPUTS = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}
SCORES: dict[tuple[str, Solver], tuple[float, float, float]] = {
    ("A", "liblinear"): (0.999955102653, 0.94510451301, 0.940184848151),  # scikit-learn 0.21.3
    ("A", "lbfgs"): (0.999955102653, 0.988141692406, 0.986873930726),  # scikit-learn 1.9.1
    ("C", "liblinear"): (0.847913107111, 0.849460288556, 0.837754659095),
    ("C", "lbfgs"): (0.847913107111, 0.863710933161, 0.857618331312),
    ("E", "liblinear"): (0.97434272843, 0.947277568512, 0.944381924338),
    ("E", "lbfgs"): (0.97434272843, 0.998081171888, 0.997813460387),
}
TOYS: dict[Solver, list[tuple[float, float, float]]] = {
    "liblinear": [(0.867663, 0.982638, 0.979594), (0.624351, 0.662821, 0.650238)],
    "lbfgs": [(0.867663, 0.999986, 0.999960), (0.624351, 0.662914, 0.651601)],
}


def scores(*points: np.ndarray, **options: object) -> tuple[float, float, float]:
    result = modularity_explicitness(*points, **options)  # type: ignore[arg-type]
    return result["modularity"], result["explicitness_train"], result["explicitness_test"]


@pytest.mark.parametrize(("name", "solver"), SCORES)
def test_equals_disentanglement_lib(name: str, solver: Solver) -> None:
    found = scores(*INPUTS[name](), train_size=reference.TRAIN, solver=solver)
    assert found[0] == pytest.approx(SCORES[name, solver][0], abs=1e-9)
    assert found[1:] == pytest.approx(SCORES[name, solver][1:], abs=1e-5)


@pytest.mark.parametrize("solver", TOYS)
def test_equals_disentanglement_lib_on_its_own_points(solver: Solver) -> None:
    train, test = toys.points(2000, 1000)
    for toy, expected in zip((toys.toy_a, toys.toy_b), TOYS[solver], strict=True):
        assert scores(toy(train), train, toy(test), test, solver=solver) == pytest.approx(expected, abs=1e-6)


def test_identity() -> None:
    factors = np.random.RandomState(0).randint(1, 11, size=(5000, 10))
    found = scores(factors[:3000], factors[:3000], factors[3000:], factors[3000:], solver="lbfgs")
    assert found == pytest.approx((0.99995932, 0.99993946, 0.99989654), abs=1e-4)


def test_known_matrices() -> None:
    survey = np.array([[0.7, 0.1, 0], [0.2, 0.8, 0.1], [0.1, 0.1, 0.6], [0, 0, 0.3]])
    assert modularity_per_code(survey).mean() == pytest.approx(0.980738910147, abs=1e-9)
    assert modularity_per_code(np.eye(5)).tolist() == [1] * 5
    shared = np.eye(10)
    shared[0, 9] = 1
    assert modularity_per_code(shared)[0] == pytest.approx(1 - 1 / 9)
    dead = np.vstack([np.eye(2), np.zeros((1, 2))])
    assert modularity_per_code(dead).mean() == pytest.approx(2 / 3)


def test_areas_are_those_of_scikit_learn_with_ties() -> None:
    rng = np.random.default_rng(0)
    probabilities, classes = rng.integers(6, size=(200, 3)) / 5, rng.integers(3, size=200)
    expected = [roc_auc_score(classes == label, probabilities[:, label]) for label in range(3)]
    np.testing.assert_allclose(roc_areas(probabilities, classes, np.arange(3)), expected)
    assert np.isnan(roc_areas(probabilities, classes, np.array([0, 1, 9]))[2])


def test_dead_codes_count_as_zero_modularity_and_leave_explicitness_alone() -> None:
    (factors,) = toys.points(600)
    codes = toys.toy_a(factors)
    alive, dead = scores(codes, factors), scores(np.hstack([codes, np.full((600, 2), 0.1)]), factors)
    assert dead[0] == pytest.approx(alive[0] * 6 / 8)
    assert dead[1:] == pytest.approx(alive[1:], abs=1e-6)
    blind = scores(np.zeros((600, 2)), factors)
    assert blind == (0, 0.5, 0.5)


def test_standardised_by_the_training_codes() -> None:
    train, test = np.array([[0.0, 5], [2, 5]]), np.array([[1.0, 5], [5, 9]])
    np.testing.assert_array_equal(standardise(test, train), [[0, 0], [4, 0]])


def test_a_value_that_the_test_points_lack_is_left_out() -> None:
    factors = np.arange(120)[:, None] % 3 * np.ones((1, 2), dtype=int)
    codes = factors + np.random.default_rng(0).normal(size=(120, 2))
    kept = factors[:, 0] < 2
    assert 0.5 < scores(codes, factors, codes[kept], factors[kept])[2] < 1
    with pytest.raises(Unsupported, match="40 test points have the same value"):
        scores(codes, factors, codes[factors[:, 0] == 0], factors[factors[:, 0] == 0])


@settings(max_examples=8, deadline=None)
@given(st.permutations(range(6)), st.floats(0.5, 20))
def test_order_and_scale_of_codes_do_not_matter(order: list[int], scale: float) -> None:
    (factors,) = toys.points(150)
    codes, factors = toys.toy_b(factors), factors[:, [0, 4]]
    plain, moved = scores(codes, factors), scores(scale * codes[:, order], factors)
    assert moved == pytest.approx(plain, abs=2e-3)  # liblinear stops at its tolerance
    assert all(0 <= score <= 1 for score in plain)


def test_what_cannot_be_computed_is_said() -> None:
    (factors,) = toys.points(60)
    with pytest.raises(Unsupported, match="factors with each other: it needs at least 2, got 1"):
        modularity_explicitness(factors, factors[:, :1])
    with pytest.raises(Unsupported, match="factor 1 has a single value"):
        modularity_explicitness(factors, factors * np.array([1, 0, 1, 1, 1]))
    with pytest.raises(CallError, match="row 0, column 0 is nan"):
        modularity_explicitness(factors * np.nan, factors)


def test_more_codes_than_points_and_fewer_points_than_bins() -> None:
    codes = np.random.default_rng(0).normal(size=(12, 20))
    factors = np.arange(12)[:, None] % np.array([2, 3])
    for solver in TOYS:
        assert all(0 <= score <= 1 for score in scores(codes, factors, train_size=8, solver=solver))


def test_factors_turned_into_each_other_are_not_modular() -> None:
    grid = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2)
    assert scores(grid @ np.array([[1, 1], [1, -1]]), grid, grid @ np.eye(2), grid)[0] == pytest.approx(
        0, abs=1e-9
    )


def test_single_precision_codes_give_the_same() -> None:
    (factors,) = toys.points(200)
    codes = toys.toy_a(factors).astype(np.float32)
    assert scores(codes, factors, solver="lbfgs") == scores(codes.astype(float), factors, solver="lbfgs")

"""DCI against disentanglement_lib's own values and closed forms of its matrices."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from disentcli.errors import Unsupported
from disentcli.metrics.dci import completeness_per_factor, dci, disentanglement_per_code, weighted_mean

from . import reference, toys

SURVEY = np.array([[0.7, 0.1, 0], [0.2, 0.8, 0.1], [0.1, 0.1, 0.6], [0, 0, 0.3]])


def scores(importance: np.ndarray) -> tuple[float, float]:
    """Disentanglement and completeness of an importance matrix (D, F)."""
    per_code, per_factor = disentanglement_per_code(importance), completeness_per_factor(importance)
    return weighted_mean(per_code, importance.sum(axis=1)), weighted_mean(per_factor, importance.sum(axis=0))


def test_known_importance_matrix() -> None:
    assert scores(SURVEY) == pytest.approx((0.476486281815, 0.437638401706), abs=1e-9)
    np.testing.assert_allclose(disentanglement_per_code(SURVEY), [0.657049, 0.308630, 0.330408, 1], atol=1e-6)
    np.testing.assert_allclose(completeness_per_factor(SURVEY), [0.421610, 0.539036, 0.352269], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("micro_importance", (0.380730122376, 0.346872502649)),
        ("micro_importance_zero_row_col", (0.396024594492, 0.407084033428)),
    ],
)
def test_matrices_of_the_library(name: str, expected: tuple[float, float]) -> None:
    assert scores(reference.ARRAYS[name]) == pytest.approx(expected, abs=1e-9)


def test_diagonal_importance_is_one_and_no_importance_is_zero() -> None:
    assert scores(np.eye(4)) == pytest.approx((1, 1), abs=1e-8)
    assert scores(np.zeros((4, 3))) == pytest.approx((0, 0), abs=1e-9)


def test_one_code_for_two_factors_and_two_codes_for_one() -> None:
    shared = np.zeros((9, 10))
    shared[np.arange(9), np.arange(9)] = 1
    shared[0, 9] = 1
    assert disentanglement_per_code(shared)[0] == pytest.approx(1 - np.log(2) / np.log(10))
    double = np.vstack([np.eye(10), np.eye(10)])
    assert scores(double)[1] == pytest.approx(1 - np.log(2) / np.log(20))


def test_equals_disentanglement_lib_on_its_own_points() -> None:
    train, test = toys.points(1000, 500)
    result = dci(toys.toy_a(train), train, toys.toy_a(test), test)
    assert result["disentanglement"] == pytest.approx(0.760474, abs=2e-4)  # among scikit-learn ≥ 0.21
    assert result["completeness"] == pytest.approx(0.806979, abs=2e-4)
    assert (result["informativeness_train"], result["informativeness_test"]) == (1.0, 1.0)
    np.testing.assert_allclose(result["importance"].sum(axis=0), 1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [("C", (0.517539, 0.477074, 0.66964, 0.33072)), ("E", (0.759432, 0.741956, 0.95535, 0.9346))],
)
def test_equals_disentanglement_lib_with_ten_thousand_points(name: str, expected: tuple[float, ...]) -> None:
    codes, factors = {"C": reference.noisy_input, "E": reference.quantised_input}[name]()
    cut = reference.TRAIN
    result = dci(codes[:cut], factors[:cut], codes[cut:], factors[cut:])
    found = (result["disentanglement"], result["completeness"])
    assert found == pytest.approx(expected[:2], abs=0.002)
    informativeness = (result["informativeness_train"], result["informativeness_test"])
    assert informativeness == pytest.approx(expected[2:], abs=0.005)
    np.testing.assert_allclose(result["importance"], reference.ARRAYS[f"dci_{name}_importance"], atol=0.01)


def test_the_number_of_workers_does_not_change_the_result() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers([2, 4, 3], size=(300, 3))
    codes = factors + 0.3 * rng.normal(size=(300, 3))
    one = dci(codes, factors, codes, factors, n_jobs=1)
    two = dci(codes, factors, codes, factors, n_jobs=2)
    np.testing.assert_array_equal(one["importance"], two["importance"])


def test_equals_the_factors_fitted_in_turn_from_the_global_generator() -> None:
    rng = np.random.default_rng(1)
    factors = rng.integers([2, 4, 3], size=(200, 3))
    codes = np.round(factors + rng.normal(size=(200, 3)), 1)  # rounded: many splits are equally good
    np.random.seed(5)  # noqa: NPY002 - the published way
    in_turn = [GradientBoostingClassifier().fit(codes, factor).feature_importances_ for factor in factors.T]
    result = dci(codes, factors, codes, factors, seed=5)
    np.testing.assert_array_equal(result["importance"], np.stack(in_turn, axis=1))


def test_constant_codes_get_no_importance() -> None:
    factors = np.random.default_rng(0).integers(3, size=(200, 2))
    codes = np.hstack([factors, np.zeros((200, 1))]).astype(float)
    result = dci(codes, factors, codes, factors)
    assert result["importance"][2].tolist() == [0, 0]
    assert result["disentanglement"] > 0.99
    blind = dci(np.zeros((200, 2)), factors, np.zeros((200, 2)), factors)
    assert blind["disentanglement"] == pytest.approx(0, abs=1e-9)


def test_continuous_factors_are_cut_where_the_training_ones_are() -> None:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(600, 2))
    result = dci(factors[:400], factors[:400], factors[400:], factors[400:])
    assert result["informativeness_test"] > 0.9
    assert result["disentanglement"] > 0.95


def test_one_factor_or_one_code_is_unsupported() -> None:
    factors = np.arange(20)[:, None] % 4
    codes = np.hstack([factors, factors]).astype(float)
    with pytest.raises(Unsupported, match="at least 2 of both, got 2 and 1"):
        dci(codes, factors, codes, factors)
    with pytest.raises(Unsupported, match="got 1 and 2"):
        dci(codes[:, :1], np.hstack([factors, factors]), codes, factors)

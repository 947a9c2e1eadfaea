"""DCI against disentanglement_lib's own values and closed forms of its matrices."""

from __future__ import annotations

import sys
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import Lasso
from sklearn.preprocessing import StandardScaler

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.dci import completeness_per_factor, dci, disentanglement_per_code, weighted_mean

from . import reference, toys

INPUTS = {"A": reference.identity_input, "C": reference.noisy_input, "E": reference.quantised_input}
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


@pytest.mark.parametrize(
    ("variant", "tolerance"),
    [
        pytest.param("sklearn", 2e-4, marks=pytest.mark.slow),  # among scikit-learn ≥ 0.21
        ("gbt", 1.5e-3),  # among choices between equal splits
    ],
)
def test_equals_disentanglement_lib_on_its_own_points(variant: str, tolerance: float) -> None:
    train, test = toys.points(1000, 500)
    result = dci(toys.toy_a(train), train, toys.toy_a(test), test, variant=variant)
    assert result["disentanglement"] == pytest.approx(0.760474, abs=tolerance)
    assert result["completeness"] == pytest.approx(0.806979, abs=tolerance)
    assert (result["informativeness_train"], result["informativeness_test"]) == (1.0, 1.0)
    np.testing.assert_allclose(result["importance"].sum(axis=0), 1.0)


def test_entangled_codes_equal_disentanglement_lib() -> None:
    train, test = toys.points(1000, 500)
    result = dci(toys.toy_b(train), train, toys.toy_b(test), test)
    assert result["disentanglement"] == pytest.approx(0.008935, abs=2e-4)
    assert result["completeness"] == pytest.approx(0.017162, abs=2e-4)
    assert result["informativeness_train"] == pytest.approx(0.9072, abs=0.002)
    assert result["informativeness_test"] == pytest.approx(0.44, abs=0.002)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected", "atol"),
    [
        ("A", (1, 1, 1, 1), 1e-9),
        ("C", (0.517539, 0.477074, 0.66964, 0.33072), 1e-12),
        ("E", (0.759432, 0.741956, 0.95535, 0.9346), 1e-3),
    ],
)
def test_equals_disentanglement_lib_with_ten_thousand_points(
    name: str, expected: tuple[float, ...], atol: float
) -> None:
    codes, factors = INPUTS[name]()
    result = dci(codes, factors, train_size=reference.TRAIN)
    found = (result["disentanglement"], result["completeness"])
    assert found == pytest.approx(expected[:2], abs=1e-6 if atol < 1e-6 else 2e-4)
    informativeness = (result["informativeness_train"], result["informativeness_test"])
    assert informativeness == pytest.approx(expected[2:], abs=1e-9)
    wanted = np.eye(5) if name == "A" else reference.ARRAYS[f"dci_{name}_importance"]
    np.testing.assert_allclose(result["importance"], wanted, atol=atol)


@pytest.mark.parametrize(
    ("name", "disentanglement", "completeness", "error"),
    [
        ("A", 1.0, 1.0, 0.00751672477783),
        ("C", 0.975667807205, 0.966497900303, 0.448050290347),
        ("E", 0.594300361999, 0.558780770186, 0.115876681228),
    ],
)
def test_raw_lasso_equals_the_code_of_do_and_tran(
    name: str, disentanglement: float, completeness: float, error: float
) -> None:
    codes, factors = INPUTS[name]()
    result = dci(codes, factors, train_size=reference.TRAIN, variant="lasso-raw")
    assert result["disentanglement"] == pytest.approx(disentanglement, abs=1e-6)
    assert result["completeness"] == pytest.approx(completeness, abs=1e-6)
    assert np.sqrt(1 - result["accuracy_train"]).mean() == pytest.approx(error, abs=1e-6)


def test_lasso_is_the_same_after_any_affine_map_of_codes_and_factors() -> None:
    codes, factors = (part[:2000] for part in reference.noisy_input())
    one = dci(codes, factors, train_size=1500, variant="lasso")
    other = dci(3 - 7 * codes, factors * 2.0 + 1, train_size=1500, variant="lasso")
    np.testing.assert_allclose(one["importance"], other["importance"], atol=1e-5)
    assert one["informativeness_test"] == pytest.approx(other["informativeness_test"], abs=1e-6)


@given(arrays(float, (4, 3), elements=st.floats(0, 100)), st.permutations(range(4)), st.floats(0.01, 100))
def test_matrix_scores_are_bounded_and_ignore_order_and_scale(
    matrix: np.ndarray, order: list[int], scale: float
) -> None:
    found = scores(matrix)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in found)
    assert scores(matrix[order]) == pytest.approx(found, abs=1e-9)
    if matrix.max() > 0.01:  # else the 1e-11 of the published formula shows
        assert scores(scale * matrix) == pytest.approx(found, abs=1e-4)


def test_dummy_factors_raise_disentanglement_to_the_base_of_the_codes() -> None:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(4000, 5))
    codes = np.hstack([factors.sum(axis=1, keepdims=True), rng.normal(size=(4000, 9))])
    plain, padded = (dci(codes, factors, variant=name) for name in ("lasso", "lasso-dummies"))
    assert plain["disentanglement_per_code"][0] == pytest.approx(0, abs=0.01)
    assert padded["disentanglement_per_code"][0] == pytest.approx(1 - np.log(5) / np.log(10), abs=0.03)
    assert padded["importance"].shape == (10, 5)
    np.testing.assert_array_equal(plain["completeness_per_factor"], padded["completeness_per_factor"])


def test_dummies_assign_each_factor_the_latent_of_the_best_one_to_one_matching() -> None:
    """Against every permutation, of importances by scikit-learn's lasso on standardised codes and factors."""
    rng = np.random.default_rng(4)
    factors = rng.normal(size=(2000, 3))
    codes = np.hstack([factors @ rng.normal(size=(3, 4)), rng.normal(size=(2000, 1))])
    found = dci(codes, factors, train_size=1500, variant="lasso-dummies", seed=5)
    scale = StandardScaler().fit_transform
    known = Lasso(alpha=0.02).fit(scale(codes[:1500]), scale(factors[:1500]))
    noise = np.random.RandomState(5).normal(size=(1500, 2))
    of_all = np.abs(np.vstack([known.coef_, Lasso(alpha=0.02).fit(scale(codes[:1500]), noise).coef_])).T
    best = max(permutations(range(5)), key=lambda latents: of_all[list(latents), range(5)].sum())
    assert found["assigned_latents"].tolist() == list(best[:3])
    np.testing.assert_allclose(found["assigned_importance"], of_all[list(best[:3]), range(3)], atol=1e-3)
    assert "assigned_latents" not in dci(codes, factors, variant="lasso")
    few = dci(factors[:, :2], factors, variant="lasso-dummies")
    assert few["assigned_latents"].tolist() == [0, 1, -1]
    assert few["assigned_importance"][2] == 0


@pytest.mark.parametrize("variant", ["lasso", "lasso-dummies"])
def test_coefficients_have_the_signs_of_scikit_learns_lasso(variant: str) -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(800, 4))
    factors = codes[:, :3] @ np.array([[2.0, 0, 0], [0, -1.0, 0.5], [0, 0, -3.0]]) + 0.1 * rng.normal(
        size=(800, 3)
    )
    found = dci(codes, factors, codes, factors, variant=variant)
    plain, targets = (StandardScaler().fit_transform(one) for one in (codes, factors))
    expected = Lasso(alpha=0.02).fit(plain, targets).coef_.T
    np.testing.assert_allclose(found["coefficients"], expected, atol=1e-6)
    np.testing.assert_array_equal(np.abs(found["coefficients"]), found["importance"])
    assert (found["coefficients"] < 0).any()
    assert "coefficients" not in dci(codes, factors, codes, factors, variant="forest")


@pytest.mark.parametrize(
    "variant", ["gbt", "hist", "lasso", "lasso-raw", "lasso-dummies", "forest", "sklearn"]
)
def test_identity_and_duplicated_codes(variant: str) -> None:
    factors = np.random.default_rng(0).integers(4, size=(600, 3))
    codes = factors + 0.0
    scores = dci(codes, factors, train_size=400, variant=variant)
    assert (scores["disentanglement"], scores["completeness"]) == pytest.approx((1, 1), abs=0.01)
    assert scores["informativeness_test"] > 0.99
    dead = dci(np.hstack([codes, np.zeros((600, 1))]), factors, train_size=400, variant=variant)
    assert dead["importance"][3].tolist() == [0, 0, 0]
    assert dead["disentanglement"] == pytest.approx(scores["disentanglement"], abs=0.05)


@pytest.mark.parametrize("package", ["xgboost", "lightgbm"])
def test_other_libraries_agree_about_the_codes(package: str) -> None:
    variant = {"xgboost": "xgb"}.get(package, package)
    factors = np.random.default_rng(0).integers(4, size=(900, 3)) * 2  # labels need not be 0, 1, 2, …
    codes = factors + 0.2 * np.random.default_rng(1).normal(size=(900, 3))
    scores = dci(codes, factors, train_size=600, variant=variant)
    assert scores["disentanglement"] > 0.9
    assert scores["informativeness_test"] > 0.95
    np.testing.assert_allclose(scores["importance"].sum(axis=0), 1)


@pytest.mark.parametrize(("variant", "package"), [("xgb", "xgboost"), ("lightgbm", "lightgbm")])
def test_a_missing_library_says_how_to_get_it(
    variant: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(CallError, match=f"pip install {package}"):
        dci(np.eye(6), np.arange(12).reshape(6, 2), variant=variant)


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(CallError, match="choose one of gbt, sklearn, hist, xgb"):
        dci(np.eye(4), np.arange(8).reshape(4, 2), variant="svm")


def test_ten_factors_as_codes_and_the_same_codes_twice() -> None:
    rng = np.random.RandomState(0)
    train, test = (
        np.concatenate([rng.randint(1, 11, size=(16, 10)) for _ in range(63)])[:1000] for _ in "ab"
    )
    scores = dci(train + 0.0, train, test + 0.0, test)
    assert (scores["disentanglement"], scores["completeness"]) == pytest.approx((1, 1), abs=1e-8)
    twice = dci(np.hstack([train, train]), train, np.hstack([test, test]), test)
    assert twice["completeness"] == pytest.approx(0.7702, abs=0.001)  # 1 − log 2 / log 20 if quite even
    assert twice["disentanglement"] == pytest.approx(1, abs=1e-8)


def test_the_order_of_codes_and_factors_does_not_matter() -> None:
    codes, factors = (part[:1500, :4] for part in reference.noisy_input())
    one = dci(codes[:, :3], factors[:, :2], train_size=1000)
    other = dci(codes[:, [2, 0, 1]], factors[:, [1, 0]], train_size=1000)
    np.testing.assert_allclose(
        one["importance"], other["importance"][np.ix_([1, 2, 0], [1, 0])], atol=0.03
    )  # ties
    assert one["disentanglement"] == pytest.approx(other["disentanglement"], abs=0.005)


def test_a_class_that_only_test_points_have_is_never_predicted() -> None:
    factors = np.stack([np.arange(60) % 2, np.arange(60) % 3], axis=1)
    test = np.full((10, 2), 5)
    scores = dci(factors + 0.0, factors, test + 0.0, test)
    assert (scores["informativeness_train"], scores["informativeness_test"]) == (1, 0)


def test_the_number_of_workers_does_not_change_the_result() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers([2, 4, 3], size=(300, 3))
    codes = factors + 0.3 * rng.normal(size=(300, 3))
    one = dci(codes, factors, codes, factors, n_jobs=1)
    two = dci(codes, factors, codes, factors, n_jobs=2)
    np.testing.assert_array_equal(one["importance"], two["importance"])


@pytest.mark.parametrize(
    ("variant", "decimals", "atol"),
    [("sklearn", 1, 0), ("gbt", 9, 1e-12), ("gbt", 1, 0.02)],  # rounded: many splits are equally good
)
def test_equals_the_factors_fitted_in_turn_from_the_global_generator(
    variant: str, decimals: int, atol: float
) -> None:
    rng = np.random.default_rng(1)
    factors = rng.integers([2, 4, 3], size=(200, 3))
    codes = np.round(factors + rng.normal(size=(200, 3)), decimals)
    np.random.seed(5)  # noqa: NPY002 - the published way
    in_turn = [GradientBoostingClassifier().fit(codes, factor).feature_importances_ for factor in factors.T]
    result = dci(codes, factors, codes, factors, seed=5, variant=variant)
    np.testing.assert_allclose(result["importance"], np.stack(in_turn, axis=1), atol=atol, rtol=0)


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
        dci(codes[:, :1], np.hstack([factors, factors]))

"""Boosted trees against scikit-learn's `GradientBoostingClassifier`."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import GradientBoostingClassifier

from disentcli.errors import CallError
from disentcli.metrics.trees import BoostedTrees, fit_boosted, fit_boosted_each


def problem(classes: int, count: int = 300, codes: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy codes without repeated values, and labels: half of them to train, half to test."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=2 * count)
    return rng.normal(size=(2 * count, codes)) + 0.5 * labels[:, None] * rng.normal(size=codes), labels


def reference(codes: np.ndarray, labels: np.ndarray, **options: float) -> GradientBoostingClassifier:
    return GradientBoostingClassifier(random_state=np.random.RandomState(0), **options).fit(codes, labels)


def assert_same(trees: BoostedTrees, model: GradientBoostingClassifier, codes: np.ndarray) -> None:
    half = len(codes) // 2
    np.testing.assert_allclose(trees.importance, model.feature_importances_, atol=1e-12, rtol=0)
    np.testing.assert_array_equal(trees.predict(codes), model.predict(codes))
    np.testing.assert_array_equal(trees.fitted, model.predict(codes[:half]))


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_equals_scikit_learn_where_no_value_repeats(classes: int) -> None:
    codes, labels = problem(classes)
    assert_same(fit_boosted(codes[:300], labels[:300]), reference(codes[:300], labels[:300]), codes)


@pytest.mark.parametrize("classes", [2, 4])
def test_chooses_among_equal_and_constant_codes_as_scikit_learn_does(classes: int) -> None:
    codes, labels = problem(classes, count=200)
    codes = np.hstack([codes, np.zeros((400, 2)), codes[:, ::-1], np.ones((400, 1))])
    assert_same(fit_boosted(codes[:200], labels[:200]), reference(codes[:200], labels[:200]), codes)


def test_scores_of_the_training_points_are_the_same_bit_for_bit() -> None:
    codes, labels = problem(5)
    trees = fit_boosted(codes[:300], labels[:300], stages=30)
    model = reference(codes[:300], labels[:300], n_estimators=30)
    np.testing.assert_array_equal(trees.scores.T, model.decision_function(codes[:300]))  # type: ignore[attr-defined]


@pytest.mark.parametrize(("stages", "depth", "rate"), [(20, 1, 0.1), (10, 2, 1.0), (15, 5, 0.3)])
def test_stages_depth_and_rate_are_scikit_learns(stages: int, depth: int, rate: float) -> None:
    codes, labels = problem(3, seed=1)
    trees = fit_boosted(codes[:300], labels[:300], stages=stages, depth=depth, rate=rate)
    model = reference(codes[:300], labels[:300], n_estimators=stages, max_depth=depth, learning_rate=rate)
    assert_same(trees, model, codes)


def test_targets_are_fitted_as_if_in_turn_with_any_number_of_threads() -> None:
    codes, _ = problem(2, codes=3)
    targets = np.random.default_rng(2).integers([2, 5, 3], size=(600, 3))
    stream = np.random.RandomState(7)
    in_turn = [GradientBoostingClassifier(random_state=stream).fit(codes, target) for target in targets.T]
    for n_jobs in (1, 3):
        together = fit_boosted_each(codes, targets, random_state=np.random.RandomState(7), n_jobs=n_jobs)
        for trees, model in zip(together, in_turn, strict=True):
            np.testing.assert_allclose(trees.importance, model.feature_importances_, atol=1e-12, rtol=0)


@pytest.mark.parametrize("decimals", [0, 1])
def test_repeated_values_differ_only_by_rounding_among_equal_cuts(decimals: int) -> None:
    codes, labels = problem(3)
    codes = codes.round(decimals)
    trees, model = fit_boosted(codes[:300], labels[:300]), reference(codes[:300], labels[:300])
    np.testing.assert_allclose(trees.importance, model.feature_importances_, atol=0.01)
    assert np.mean(trees.predict(codes) == model.predict(codes)) > 0.97


def test_codes_that_are_the_labels_are_learned_exactly() -> None:
    labels = np.random.default_rng(0).integers(6, size=500)
    trees = fit_boosted(np.stack([labels, 0 * labels], axis=1), labels)
    assert trees.importance.tolist() == [1, 0]
    np.testing.assert_array_equal(trees.fitted, labels)


def test_labels_may_be_any_values() -> None:
    labels = np.array(["cube", "ball", "cone"])[np.arange(60) % 3]
    trees = fit_boosted((np.arange(60) % 3)[:, None], labels, stages=20)
    assert trees.predict(np.array([[2.0], [0]])).tolist() == ["cone", "cube"]


def test_a_single_label_is_always_predicted_and_gives_no_importance() -> None:
    codes, _ = problem(2)
    trees = fit_boosted(codes, np.full(600, 4))
    assert trees.importance.tolist() == [0, 0, 0, 0]
    assert set(trees.predict(codes[:9])) == set(trees.fitted) == {4}


def test_constant_codes_give_no_importance_and_the_commonest_label() -> None:
    labels = np.array([0, 1, 1, 2, 1])
    trees = fit_boosted(np.ones((5, 2)), labels)
    assert trees.importance.tolist() == [0, 0]
    assert trees.predict(np.ones((3, 2))).tolist() == [1, 1, 1]


def test_two_points_and_more_codes_than_points() -> None:
    trees = fit_boosted(np.eye(2, 5), np.array([0, 1]))
    assert trees.fitted.tolist() == [0, 1]
    assert trees.importance.sum() == pytest.approx(1)


def test_values_closer_than_single_precision_tells_are_one() -> None:
    labels = np.arange(40) % 2
    assert fit_boosted(1.0 + 1e-9 * labels[:, None], labels).importance.tolist() == [0]
    assert fit_boosted(5e-8 * labels[:, None], labels).importance.tolist() == [0]
    assert fit_boosted(2e-7 * labels[:, None], labels).importance.tolist() == [1]


@settings(max_examples=8)
@given(st.integers(0, 1000), st.sampled_from([0.25, 2.0, 1024.0]))
def test_scaling_by_powers_of_two_changes_nothing(seed: int, scale: float) -> None:
    codes, labels = problem(3, count=60, codes=3, seed=seed)
    one, other = (fit_boosted(values, labels, stages=10) for values in (codes, codes * scale))
    np.testing.assert_array_equal(one.importance, other.importance)
    np.testing.assert_array_equal(one.predict(codes), other.predict(codes * scale))


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([[0.0], [np.nan]], "row 1, column 0 is nan"),
        ([[0.0], [1e39]], "too large for single precision"),
        ([[0.0], [1.0], [2.0]], "3 codes but 2 labels"),
    ],
)
def test_bad_codes_are_refused(codes: list[list[float]], message: str) -> None:
    with pytest.raises(CallError, match=message):
        fit_boosted(np.array(codes), np.array([0, 1]))


def test_without_numba_scikit_learn_fits_the_same_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    codes, labels = problem(3)
    targets = np.stack([labels, np.zeros_like(labels)], axis=1)
    compiled = fit_boosted_each(codes[:300], targets[:300])
    monkeypatch.setitem(sys.modules, "disentcli.metrics.trees.ensemble", None)
    with pytest.warns(UserWarning, match="scikit-learn grows the trees"):
        plain = fit_boosted_each(codes[:300], targets[:300])
    for one, other in zip(compiled, plain, strict=True):
        np.testing.assert_allclose(one.importance, other.importance, atol=1e-12)
        np.testing.assert_array_equal(one.predict(codes), other.predict(codes))
        np.testing.assert_array_equal(one.fitted, other.fitted)


def test_kernels_compile_where_no_folder_for_them_can_be_written() -> None:
    from disentcli.metrics.trees.compiled import compiled

    room: dict[str, object] = {"compiled": compiled}
    exec(
        "@compiled\ndef twice(x):\n    return 2 * x", room
    )  # numba has no place for a function without a file
    assert room["twice"](21) == 42  # type: ignore[operator]

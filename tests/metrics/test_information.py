"""Entropy and mutual information against scikit-learn, scipy and closed forms; class labels from data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from disentcli.errors import Unsupported
from disentcli.metrics import information
from disentcli.metrics.discretize import factor_classes, histogram_bins, varying_factor_classes
from disentcli.metrics.information import entropies, entropy, information_matrix, mutual_information, relabel


def test_a_constant_label_tells_exactly_nothing() -> None:
    rng = np.random.default_rng(0)
    for points in range(10, 1000, 13):
        classes = np.stack([rng.integers(k, size=points) for k in (3, 7, 10)], axis=1)
        assert not information_matrix(np.ones((points, 2), int), classes).any()
        assert not information_matrix(classes, np.ones((points, 1), int)).any()


@pytest.mark.parametrize("seed", range(5))
def test_mutual_information_is_scikit_learns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a = rng.integers(1 + seed, size=500)
    b = (a + rng.integers(3, size=500)) % 5
    assert mutual_information(a, b) == pytest.approx(mutual_info_score(a, b), abs=1e-12)
    assert mutual_information(a, b) == pytest.approx(mutual_information(b, a), abs=1e-12)


def test_entropy_is_scipys_and_information_of_a_variable_with_itself() -> None:
    labels = np.random.default_rng(0).integers(7, size=1000)
    assert entropy(labels) == pytest.approx(scipy_entropy(np.bincount(labels)))
    assert mutual_information(labels, labels) == pytest.approx(entropy(labels))
    assert entropy(np.array([0, 1] * 50)) == pytest.approx(np.log(2))


def test_independent_columns_of_a_full_grid_share_nothing() -> None:
    grid = np.stack(np.unravel_index(np.arange(24), (4, 6)), axis=1)
    np.testing.assert_allclose(information_matrix(grid, grid), np.diag(np.log([4, 6])), atol=1e-12)


@pytest.mark.parametrize("kind", [int, float, str])
def test_the_matrix_is_scikit_learns_for_labels_of_any_kind(kind: type) -> None:
    rng = np.random.default_rng(3)
    factors = rng.integers([2, 7, 1], size=(400, 3))
    codes = factors @ rng.integers(-2, 3, size=(3, 4)) + rng.integers(3, size=(400, 4))
    labels = codes.astype(kind) if kind is str else (codes * 1_000_003).astype(kind)
    expected = [[mutual_info_score(code, factor) for factor in factors.T] for code in codes.T]
    np.testing.assert_allclose(information_matrix(labels, factors), expected, atol=1e-12)


def test_points_counted_in_parts_are_all_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    codes, factors = rng.integers(5, size=(1000, 3)), rng.integers(4, size=(1000, 2))
    whole = information_matrix(codes, factors)
    monkeypatch.setattr(information, "_CELLS", 100)
    np.testing.assert_array_equal(information_matrix(codes, factors), whole)


def test_a_constant_code_shares_exactly_nothing() -> None:
    factors = np.random.default_rng(0).integers([3, 40], size=(1000, 2))
    assert information_matrix(np.ones((1000, 1), dtype=int), factors).tolist() == [[0.0, 0.0]]
    np.testing.assert_allclose(np.diag(information_matrix(factors, factors)), entropies(factors))


@given(st.integers(0, 10_000), st.integers(1, 60), st.integers(1, 6))
def test_information_is_symmetric_and_bounded_by_both_entropies(seed: int, count: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(classes, size=(count, 3)), rng.integers(-3, classes, size=(count, 2))
    matrix = information_matrix(a, b)
    np.testing.assert_allclose(matrix, information_matrix(b, a).T, atol=1e-12)
    bound = np.minimum(entropies(a)[:, None], entropies(b))
    assert (matrix >= 0).all()
    assert (matrix <= bound + 1e-12).all()
    relabelled = information_matrix((a * 7) % 11, b)
    np.testing.assert_allclose(relabelled, matrix, atol=1e-12)


def test_compact_labels_keep_order_and_identity() -> None:
    labels = np.array([[5, 10**12], [7, -(10**12)], [5, 0]])
    assert relabel(labels).tolist() == [[0, 2], [1, 0], [0, 1]]


def test_histogram_bins_are_the_librarys() -> None:
    values = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]]).T
    assert histogram_bins(values, 3)[:, 0].tolist() == [1, 1, 2, 2, 3, 3]


def test_a_constant_code_is_one_bin() -> None:
    assert len(np.unique(histogram_bins(np.full((50, 1), 3.7)))) == 1


def test_integers_stay_classes_and_continuous_factors_become_ten_quantiles() -> None:
    whole = np.arange(40).reshape(-1, 1)
    assert factor_classes(whole) is whole
    real = np.random.default_rng(0).normal(size=(1000, 1))
    np.testing.assert_array_equal(np.bincount(factor_classes(real)[:, 0]), [100] * 10)


def test_test_factors_are_cut_where_the_training_factors_are() -> None:
    train = np.linspace(0, 1, 1001)[:, None]
    assert factor_classes(np.array([[-5.0], [0.05], [0.55], [9.0]]), like=train)[:, 0].tolist() == [
        0,
        0,
        5,
        9,
    ]


def test_a_float_column_with_few_values_is_a_class_already() -> None:
    mixed = np.stack([np.arange(60) % 3 / 2, np.arange(60) / 7], axis=1)
    classes = factor_classes(mixed)
    assert classes[:6, 0].tolist() == [0, 1, 2, 0, 1, 2]
    assert len(np.unique(classes[:, 1])) == 10


def test_a_factor_that_never_changes_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="factor 1 has a single value"):
        varying_factor_classes(np.stack([np.arange(5), np.ones(5, dtype=int)], axis=1))

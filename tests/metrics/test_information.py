"""Entropy and mutual information against scikit-learn, scipy and closed forms; class labels from data."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from disentcli.errors import Unsupported
from disentcli.metrics.classes import factor_classes, histogram_bins, varying_classes
from disentcli.metrics.information import entropy, information_matrix, mutual_information


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
        varying_classes(np.stack([np.arange(5), np.ones(5, dtype=int)], axis=1))

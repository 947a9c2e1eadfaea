"""The nearest-neighbour estimator against scikit-learn's, value for value, and against known information."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_selection import mutual_info_classif

from disentcli.metrics.infomec.mutual_information import neighbour_information
from disentcli.metrics.information import entropies

from .published import ARRAYS, training_points


def scikit_learns(codes: np.ndarray, factors: np.ndarray, neighbours: int, seed: int) -> np.ndarray:
    columns = [
        mutual_info_classif(codes, factor, n_neighbors=neighbours, random_state=seed, discrete_features=False)
        for factor in factors.T
    ]
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("neighbours", [1, 3, 10])
@pytest.mark.parametrize("decimals", [12, 1])
def test_equals_scikit_learn(neighbours: int, decimals: int) -> None:
    rng = np.random.default_rng(neighbours)
    factors = rng.integers([2, 5, 13], size=(1500, 3))
    codes = np.round(factors @ rng.normal(size=(3, 4)) + 0.5 * rng.normal(size=(1500, 4)), decimals)
    expected = scikit_learns(codes, factors, neighbours, seed=7)
    found = neighbour_information(codes, factors, neighbours, seed=7)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(60, 200), st.integers(2, 5))
def test_equals_scikit_learn_on_any_points(seed: int, count: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    factors = rng.integers(classes, size=(count, 1))
    factors[0] = classes + 3  # alone in its class: left out
    codes = rng.choice([1e-3, 1.0, 1e4]) * (factors * rng.integers(2) + rng.standard_t(2, size=(count, 2)))
    expected = scikit_learns(codes, factors, 2, seed)
    np.testing.assert_allclose(neighbour_information(codes, factors, 2, seed), expected, atol=1e-12)


@pytest.mark.parametrize(("neighbours", "name"), [(3, "three_neighbours_C"), (10, "ten_neighbours_C")])
def test_equals_the_authors_code_up_to_their_jitter(neighbours: int, name: str) -> None:
    codes, factors = training_points("C")
    found = neighbour_information(codes, factors, neighbours) / entropies(factors)
    np.testing.assert_allclose(found, ARRAYS[name], atol=1e-4)


def test_separate_classes_are_told_completely_and_noise_tells_nothing() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers(4, size=(4000, 1))
    codes = np.hstack([factors * 10 + rng.normal(size=(4000, 1)), rng.normal(size=(4000, 1))])
    found = neighbour_information(codes, factors)
    assert found[0, 0] == pytest.approx(np.log(4), abs=2e-3)
    assert found[1, 0] < 0.02


def test_two_overlapping_classes_share_what_their_densities_say() -> None:
    rng = np.random.default_rng(1)
    factors = rng.integers(2, size=(20_000, 1))
    codes = rng.random((20_000, 1)) * (1 + factors)  # uniform on [0, 1] or [0, 2]
    expected = np.log(2) - 0.75 * (np.log(3) - 2 / 3 * np.log(2))  # ln 2 minus H(class | code)
    assert neighbour_information(codes, factors, 10)[0, 0] == pytest.approx(expected, abs=0.02)


def test_the_same_seed_gives_the_same_and_order_of_points_does_not_matter_without_ties() -> None:
    rng = np.random.default_rng(2)
    factors, codes = rng.integers(5, size=(500, 2)), rng.normal(size=(500, 3))
    first = neighbour_information(codes, factors, seed=1)
    np.testing.assert_array_equal(first, neighbour_information(codes, factors, seed=1))
    order = rng.permutation(500)
    np.testing.assert_allclose(first, neighbour_information(codes[order], factors[order], seed=1), atol=1e-2)


def test_degenerate_points_have_no_information() -> None:
    factors = np.arange(40)[:, None]
    assert neighbour_information(np.arange(40.0)[:, None], factors)[0, 0] == 0.0  # each class has one point
    constant = neighbour_information(np.full((200, 1), 3.7e5), np.arange(200)[:, None] % 2)
    assert constant[0, 0] == 0.0

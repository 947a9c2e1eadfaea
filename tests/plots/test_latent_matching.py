"""Rows in the order of their factors: the matching is scipy's, and every latent stays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from disentcli.plots.latent_matching import match


@pytest.mark.parametrize("shape", [(6, 4), (4, 6), (5, 5), (1, 3)])
@pytest.mark.parametrize("seed", range(3))
def test_the_pairs_are_those_of_scipy(shape: tuple[int, int], seed: int) -> None:
    matrix = np.random.default_rng(seed).normal(size=shape)
    found = match(matrix)
    latents, factors = linear_sum_assignment(-np.abs(matrix))
    assert set(found.pairs) == set(zip(latents.tolist(), factors.tolist(), strict=True))
    assert [factor for _, factor in found.pairs] == sorted(factors)
    assert sorted(found.order) == list(range(shape[0]))
    assert found.order[: len(found.pairs)].tolist() == [latent for latent, _ in found.pairs]


def test_a_permuted_identity_becomes_the_identity() -> None:
    order = np.array([2, 0, 3, 1])
    matrix = np.eye(4)[order]
    found = match(matrix)
    np.testing.assert_array_equal(matrix[found.order], np.eye(4))
    assert found.cells == [(0, 0), (1, 1), (2, 2), (3, 3)]


def test_rest_follows_as_it_comes_and_nan_counts_as_nothing() -> None:
    matrix = np.array([[np.nan, 0.1], [0.0, 0.0], [0.9, 0.2], [0.0, 0.0]])
    assert match(matrix).order.tolist() == [2, 0, 1, 3]

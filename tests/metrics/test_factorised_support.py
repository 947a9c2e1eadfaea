"""Factorised support against the definition of disentangling-correlated-factors, and closed forms."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.factorised_support import factorised_support


def by_definition(batch: np.ndarray) -> float:
    """All combinations of two codes' values against all points: min over points, max over combinations."""
    total = 0.0
    for a, b in combinations(range(batch.shape[1]), 2):
        grid = np.array([[m, n] for m in batch[:, a] for n in batch[:, b]])
        distances = np.square(grid[:, None] - batch[None, :, (a, b)]).sum(axis=-1)
        total += distances.min(axis=1).max()
    return total


def score(codes: np.ndarray, **options) -> float:
    return factorised_support(codes, np.random.default_rng(0), **options)["factorised_support"]


def test_equals_the_definition_batch_by_batch() -> None:
    codes = np.random.default_rng(1).normal(size=(50, 4))
    expected = np.mean([by_definition(codes[start : start + 20]) for start in (0, 20, 40)])  # 20, 20, 10
    assert score(codes, batch_size=20) == pytest.approx(expected, abs=1e-12)


def test_pairs_are_given_apart() -> None:
    codes = np.random.default_rng(1).normal(size=(300, 3))
    result = factorised_support(codes, np.random.default_rng(0))
    assert result["per_pair"].shape == (3, 3)
    np.testing.assert_array_equal(result["per_pair"], result["per_pair"].T)
    assert result["per_pair"].sum() / 2 == pytest.approx(result["factorised_support"])


def test_a_full_grid_and_constant_codes_are_factorised() -> None:
    grid = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1).astype(float)
    assert score(grid) == 0.0
    assert score(np.hstack([grid, np.full((60, 1), 0.1)])) == 0.0


def test_a_diagonal_has_its_closed_form() -> None:
    """z = (t, t), t = 0…10: the corner (10, 0) is (5, 5) from the nearest point: 50."""
    line = np.arange(11.0)[:, None]
    assert score(np.hstack([line, line])) == 50.0
    assert score(np.hstack([line] * 3)) == 150.0


def test_the_support_counts_and_not_the_density() -> None:
    """Correlated but with all combinations: 0; independent but for one missing corner: not."""
    often = np.array([[0, 0], [1, 1]] * 20 + [[0, 1], [1, 0]], dtype=float)
    assert score(often) == 0.0
    assert score(often[:-1]) == 1.0


@given(st.integers(0, 500))
def test_order_sign_and_shift_do_not_matter_and_scale_is_squared(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.normal(size=(30, 3))
    moved = 2.0 - 3.0 * codes[rng.permutation(30)][:, rng.permutation(3)]
    assert score(moved) == pytest.approx(9 * score(codes))


def test_random_batches_and_pairs_come_from_the_generator() -> None:
    codes = np.random.default_rng(1).normal(size=(400, 5))
    options = {"batches": "random", "num_pairs": 2}
    once, again = (factorised_support(codes, np.random.default_rng(3), **options) for _ in range(2))
    assert once["factorised_support"] == again["factorised_support"] > 0
    np.testing.assert_array_equal(once["per_pair"], again["per_pair"])
    assert score(codes, num_pairs=99) == score(codes)
    assert 0 < score(codes, num_pairs=3) < score(codes)


def test_what_cannot_be_measured_is_said() -> None:
    with pytest.raises(Unsupported, match="at least 2 codes, got 1"):
        score(np.zeros((5, 1)))
    with pytest.raises(Unsupported, match="at least 2 points, got 1"):
        score(np.zeros((1, 2)))
    with pytest.raises(CallError, match="known: ordered, random"):
        score(np.zeros((5, 2)), batches="shuffled")
    with pytest.raises(CallError, match="batch_size 1 must be at least 2"):
        score(np.zeros((5, 2)), batch_size=1)
    with pytest.raises(CallError, match="row 0, column 1 is inf"):
        score(np.array([[0.0, np.inf], [1, 2]]))

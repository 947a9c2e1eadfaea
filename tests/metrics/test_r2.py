"""R² against scikit-learn, closed forms, and the benchmark's checks (perfect 1, mean 0)."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.r2 import grid_r2, r2

GRID = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)


def test_linear_is_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    factors = rng.integers([3, 7], size=(500, 2))
    codes = factors @ rng.normal(size=(2, 4)) + rng.normal(size=(500, 4))
    model = LinearRegression().fit(codes[:300], factors[:300])
    found = r2(codes, factors, train_size=300)
    assert found["linear_train"] == pytest.approx(r2_score(factors[:300], model.predict(codes[:300])))
    assert found["linear_test"] == pytest.approx(r2_score(factors[300:], model.predict(codes[300:])))


def test_any_invertible_linear_map_is_perfect_and_dead_codes_are_zero() -> None:
    mixed = GRID @ np.random.default_rng(0).normal(size=(3, 3)) * 5 - 2
    for codes in (GRID.astype(float), mixed, np.hstack([mixed, mixed])):
        found = r2(codes, GRID, codes, GRID)
        assert found["linear_test"] == pytest.approx(1.0)
        assert found["grid_test"] == pytest.approx(1.0)
    dead = r2(np.ones((60, 2)), GRID, np.ones((60, 2)), GRID)
    assert dead["linear_train"] == pytest.approx(0.0)
    assert dead["grid_test"] == pytest.approx(0.0)


def test_order_shift_and_scale_of_codes_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    codes = GRID @ rng.normal(size=(3, 2))
    plain = r2(codes, GRID, codes, GRID)["linear_test"]
    assert r2(7 * codes[:, ::-1] + 3, GRID, 7 * codes[:, ::-1] + 3, GRID)["linear_test"] == pytest.approx(
        plain
    )


def test_grid_variance_does_not_punish_a_split_with_few_values() -> None:
    few = GRID[GRID[:, 2] >= 3]
    predictions = few + np.array([0.0, 0.0, 0.4])
    of_grid = grid_r2(predictions, few, (3, 4, 5))
    assert of_grid.tolist() == pytest.approx([1, 1, 1 - 0.16 / 2])
    scaled = 1 - np.mean((0.4 / 4) ** 2) / np.var(np.arange(5) / 4)  # index / (size − 1), as published
    assert of_grid[2] == pytest.approx(scaled)
    assert r2_score(few[:, 2], predictions[:, 2]) == pytest.approx(1 - 0.16 / 0.25)


def test_the_mean_of_the_grid_is_zero_and_a_single_value_is_right_or_wrong() -> None:
    centre = np.broadcast_to((np.array([3, 4, 5]) - 1) / 2, GRID.shape)
    assert grid_r2(centre, GRID, (3, 4, 5)).tolist() == pytest.approx([0, 0, 0])
    still = np.zeros((4, 2), dtype=int)
    assert grid_r2(np.array([[0.0, 0.1]] * 4), still, (1, 1)).tolist() == [1.0, 0.0]


def test_grid_sizes_are_given_or_seen() -> None:
    codes = GRID[:, :2] + 0.5
    plain = r2(codes, GRID, codes, GRID)
    for written in (GRID + 1, GRID - 7.0, GRID.astype(np.uint8)):
        assert r2(codes, written, codes, written)["grid_test"] == pytest.approx(plain["grid_test"])
    for unknown in (GRID / 2, GRID * 2):
        assert "grid_test" not in r2(codes, unknown, codes, unknown)
    assert r2(codes, GRID, codes, GRID, sizes=(4, 5, 6))["grid_test"] > plain["grid_test"]
    with pytest.raises(CallError, match="2 sizes do not match"):
        r2(GRID * 1.0, GRID, GRID * 1.0, GRID, sizes=(3, 4))


def test_one_code_one_factor_and_few_points() -> None:
    assert r2(GRID[:, :1] * 1.0, GRID[:, :1], train_size=40)["linear_train"] == pytest.approx(1.0)
    rng = np.random.default_rng(0)
    wide = r2(rng.normal(size=(9, 20)), rng.integers(3, size=(9, 2)), train_size=6)
    assert wide["linear_train"] == pytest.approx(1.0)
    assert np.isfinite(wide["linear_test"])
    with pytest.raises(Unsupported, match="factor 0 has a single value"):
        r2(GRID * 1.0, GRID * 0)
    with pytest.raises(CallError, match="row 0, column 0 is nan"):
        r2(np.full((9, 2), np.nan), np.zeros((9, 1)))

"""Correlated draws follow the published density."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.factors import FactorSpace
from disentcli.data.splits.correlation import log_weights
from disentcli.data.splits.factor_columns import GridColumns, LabelColumns
from disentcli.data.splits.standard import StandardSplit
from disentcli.errors import CallError

from ...configs import LIBRARY
from .stand_ins import NAMED_AFTER, SPACES, configured, stand_in

SPACE = FactorSpace(("floor", "shape", "wall"), (10, 3, 5))
PAIR = {"factors": ["floor", "wall"], "sigma": 0.2}


def density(sigma: float) -> np.ndarray:
    """p(floor, wall) ∝ exp(−(c₁ − c₂)² / 2σ²) on [0, 1]², as (10, 5)."""
    table = np.array(
        [[np.exp(-((c / 9 - d / 4) ** 2) / (2 * sigma**2)) for d in range(5)] for c in range(10)]
    )
    return table / table.sum()


def test_the_weights_are_the_closed_form() -> None:
    splits = StandardSplit(correlate=PAIR, test_share=0, val_share=0)(stand_in(SPACE), seed=0)
    assert splits.weights is not None
    weights = np.empty(SPACE.size)
    weights[splits.train] = splits.weights
    assert np.isclose(weights.sum(), 1)
    np.testing.assert_allclose(weights.reshape(10, 3, 5).sum(1), density(0.2), rtol=1e-12)
    np.testing.assert_allclose(weights.reshape(10, 3, 5)[:, 0], weights.reshape(10, 3, 5)[:, 2])


def test_training_draws_follow_the_density() -> None:
    splits = StandardSplit(correlate=PAIR, test_share=0, val_share=0)(stand_in(SPACE), seed=0)
    order = SeededBatchSampler(splits.train, 50, seed=0, weights=splits.weights)
    drawn = np.concatenate([order.batch(step).numpy() for step in range(600)])
    floor, _, wall = SPACE.factors(drawn).T
    counts = np.zeros((10, 5))
    np.add.at(counts, (floor, wall), 1)
    expected = density(0.2) * len(drawn)
    often = expected > 5
    observed = np.append(counts[often], counts[~often].sum())
    assert chisquare(observed, np.append(expected[often], expected[~often].sum())).pvalue > 0.01


def test_several_pairs_multiply() -> None:
    other = {"factors": ["shape", "wall"], "sigma": 0.5}
    both = log_weights({"one": PAIR, "other": other}, GridColumns(SPACE), "")
    np.testing.assert_allclose(
        both, log_weights(PAIR, GridColumns(SPACE), "") + log_weights(other, GridColumns(SPACE), "")
    )
    np.testing.assert_allclose(
        both, log_weights({"one": PAIR, "other": other, "third": None}, GridColumns(SPACE), "")
    )


def test_label_tables_and_continuous_factors_have_weights_too() -> None:
    labels = np.array([[0, 10.0], [1, 10.0], [2, 30.0]])
    table = LabelColumns(labels, ("class", "weight"), (3, 0))
    exponents = log_weights({"factors": ["class", "weight"], "sigma": 1}, table, "")
    np.testing.assert_allclose(exponents, [0, -0.125, 0])


def test_a_tiny_sigma_leaves_equal_factors_alone() -> None:
    square = FactorSpace(("a", "b"), (4, 4))
    split = StandardSplit(correlate={"factors": ["a", "b"], "sigma": 1e-4}, test_share=0, val_share=0)
    splits = split(stand_in(square), seed=0)
    assert splits.weights is not None
    a, b = square.factors(splits.train).T
    np.testing.assert_allclose(splits.weights, (a == b) / 4)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            {"factors": ["floor", "walls"], "sigma": 0.1},
            "correlate.factors: unknown factor 'walls'; did you mean wall?",
        ),
        ({"factors": ["floor", "floor"], "sigma": 0.1}, "correlate.factors: expected two factors"),
        ({"factors": "floor", "sigma": 0.1}, "correlate.factors: expected two factors, got 'floor'"),
        ({"factors": ["floor", "wall"], "sigma": 0}, "correlate.sigma: expected a number above 0, got 0"),
        ({"factors": ["floor", "wall"]}, "correlate: expected {factors: [one, other], sigma: 0.1}"),
        ({"pair": {"factors": ["floor", "wall"], "sigma": 0.1, "mu": 1}}, "correlate.pair: unknown key 'mu'"),
        ({"pair": 0.1}, "correlate.pair: expected {factors: [one, other], sigma: 0.1}, got 0.1"),
    ],
)
def test_a_wrong_pair_is_refused(written: dict[str, Any], message: str) -> None:
    with pytest.raises(CallError) as caught:
        StandardSplit(correlate=written)(stand_in(SPACE), seed=0)
    assert message in str(caught.value)


def test_a_factor_of_one_value_cannot_be_correlated() -> None:
    with pytest.raises(CallError, match="the factor 'a' has only one value"):
        log_weights({"factors": ["a", "b"], "sigma": 1}, GridColumns(FactorSpace(("a", "b"), (1, 3))), "")


# the factor that is correlated with every other one, by place, and σ: as in the published table of
# correlations (github.com/facebookresearch/disentangling-correlated-factors, commit 45d9aa9)
CONFOUNDED = {
    "shapes3d_conf_1_02": (4, 0.2),
    "shapes3d_conf_2_02": (1, 0.2),
    "mpi3d_conf_1_02": (1, 0.2),
    "mpi3d_conf_2_02": (5, 0.2),
    "dsprites_conf_1_02": (0, 0.2),
    "dsprites_conf_2_02": (3, 0.2),
    "dsprites_all_01": (3, 0.1),
    "cars3d_conf_1_02": (0, 0.2),
    "cars3d_conf_2_02": (1, 0.2),
    "cars3d_conf_3_02": (2, 0.2),
}


def test_every_confounded_config_is_in_the_table() -> None:
    assert {f"split/confounded/{name}" for name in CONFOUNDED} == {
        one for one in LIBRARY.paths if one.startswith("split/confounded/")
    }


@pytest.mark.parametrize("name", CONFOUNDED)
def test_a_confounded_factor_is_correlated_with_every_other_one(name: str) -> None:
    """p(c) = ∏_k q_k(c_k | c_j): given the factor, the others are independent, each of them Gaussian."""
    space = SPACES[NAMED_AFTER[name.split("_")[0]]]
    place, sigma = CONFOUNDED[name]
    splits = configured(f"split/confounded/{name}", test_share=0, val_share=0)(stand_in(space), seed=0)
    assert splits.weights is not None
    found = np.empty(space.size)
    found[splits.train] = splits.weights
    grid = np.moveaxis(found.reshape(space.sizes), place, 0)
    units = [np.linspace(0, 1, size) for size in (space.sizes[place], *np.delete(space.sizes, place))]
    expected = np.ones(grid.shape)
    for axis, unit in enumerate(units[1:], start=1):
        kernel = np.exp(-(np.subtract.outer(units[0], unit) ** 2) / (2 * sigma**2))
        expected *= np.expand_dims(kernel, [k for k in range(grid.ndim) if k not in (0, axis)])
    np.testing.assert_allclose(grid, expected / expected.sum(), rtol=1e-9)


def test_the_share_of_matching_cells_of_a_confounded_grid_is_counted_by_hand() -> None:
    """dSprites: of the pairs of shape and scale, squares of the least scale have 1 / Σ exp(…) of all."""
    splits = configured("split/confounded/dsprites_conf_1_02", test_share=0, val_share=0)(
        stand_in(SPACES["sprites"]), seed=0
    )
    assert splits.weights is not None
    shape, scale = SPACES["sprites"].factors(splits.train)[:, :2].T
    of_squares = shape == 0
    share = splits.weights[of_squares & (scale == 0)].sum() / splits.weights[of_squares].sum()
    terms = [np.exp(-((k / 5) ** 2) / 0.08) for k in range(6)]  # 1, .607, .135, .011, .0003, 4e-6
    assert share == pytest.approx(1 / sum(terms), rel=1e-9)
    assert share == pytest.approx(0.5703, abs=1e-4)

"""Class-balanced draws: each class is equally likely, within it images as before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare
from sklearn.utils.class_weight import compute_sample_weight

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace
from disentcli.data.splits.standard import StandardSplit
from disentcli.errors import CallError

from .stand_ins import SPACES, configured, stand_in

SPACE = FactorSpace(("floor", "shape", "wall"), (10, 3, 5))
SKEWED = {"shape": {"classes": 0}, "floor": {"classes": {"above": 3}}}
FREQUENT, RARE = 200, 10


def labelled(labels: np.ndarray, sizes: tuple[int, ...], names: tuple[str, ...]) -> Dataset:
    """Images of one black pixel with these factors (N, F)."""
    rows = np.zeros((len(labels), 1, 1, 1), dtype=np.uint8)
    return Dataset("labelled", rows, (1, 1, 1), labels=labels, factor_names=names, factor_sizes=sizes)


def test_the_weights_are_those_of_scikit_learn() -> None:
    labels = np.random.default_rng(0).choice(4, size=(500, 1), p=[0.7, 0.2, 0.08, 0.02])
    splits = StandardSplit(balance="digit")(labelled(labels, (4,), ("digit",)), seed=0)
    assert splits.weights is not None
    expected = compute_sample_weight("balanced", labels[splits.train, 0])
    np.testing.assert_allclose(splits.weights, expected / expected.sum(), rtol=1e-12)


def test_a_class_that_no_training_image_has_takes_no_share() -> None:
    labels = np.repeat([0, 2], [30, 10])[:, None]
    splits = StandardSplit(balance="digit", test_share=0, val_share=0)(
        labelled(labels, (5,), ("digit",)), seed=0
    )
    assert splits.weights is not None
    for value in (0, 2):
        assert splits.weights[labels[splits.train, 0] == value].sum() == pytest.approx(0.5, abs=1e-12)


def test_of_two_factors_each_combination_is_equally_likely() -> None:
    split = StandardSplit(balance=["shape", "wall"], hold_out={"some": SKEWED})
    splits = split(stand_in(SPACE), seed=0)
    assert splits.weights is not None
    _, shape, wall = SPACE.factors(splits.train).T
    table = np.zeros((3, 5))
    np.add.at(table, (shape, wall), splits.weights)
    np.testing.assert_allclose(table, 1 / 15, rtol=1e-12)


def test_correlated_factors_stay_so_within_a_class() -> None:
    """p(shape) is uniform and p(floor, wall | shape) that of the correlation alone."""
    pair = {"factors": ["floor", "wall"], "sigma": 0.2}
    options: dict[str, Any] = {"correlate": pair, "hold_out": {"some": SKEWED}}
    alone = StandardSplit(**options)(stand_in(SPACE), seed=0)
    both = StandardSplit(**options, balance="shape")(stand_in(SPACE), seed=0)
    assert alone.weights is not None
    assert both.weights is not None
    shape = SPACE.factors(both.train)[:, 1]
    for one in range(3):
        ours, theirs = both.weights[shape == one], alone.weights[shape == one]
        assert ours.sum() == pytest.approx(1 / 3, abs=1e-12)
        np.testing.assert_allclose(ours / ours.sum(), theirs / theirs.sum(), rtol=1e-12)


def test_training_draws_every_class_equally_often_and_can_begin_at_any_step() -> None:
    labels = np.repeat([0, 1], [FREQUENT, RARE])[:, None]
    split = StandardSplit(balance="digit", test_share=0, val_share=0)
    splits = split(labelled(labels, (2,), ("digit",)), seed=0)
    order, later = (SeededBatchSampler(splits.train, 21, seed=0, weights=splits.weights) for _ in range(2))
    batches = [order.batch(step).numpy() for step in range(300)]
    np.testing.assert_array_equal(later.batch(123).numpy(), batches[123])
    counts = np.bincount(labels[np.concatenate(batches), 0])
    assert chisquare(counts).pvalue > 0.01


@pytest.mark.parametrize(
    ("name", "data", "factor"),
    [("shape", "sprites", 0), ("shape", "3ds", 4), ("object_shape", "mpi", 1)],
)
def test_configs_balance_the_shapes_of_a_published_split(name: str, data: str, factor: int) -> None:
    held = {"sprites": "sqr2tx", "3ds": "shape2ohue", "mpi": "cyl2vx"}[data]
    split = configured(f"split/balanced/{name} split/{data}/{held}")
    splits = split(stand_in(SPACES[data]), seed=0)
    assert splits.weights is not None
    shapes = SPACES[data].factors(splits.train)[:, factor]
    counts = np.bincount(shapes)
    assert counts.min() < counts.max()
    np.testing.assert_allclose(np.bincount(shapes, weights=splits.weights), 1 / len(counts), rtol=1e-9)


@pytest.mark.parametrize(
    ("names", "data"),
    [
        ("split/balanced/shape split/sprites/sqr2tx split/sprites/sparse_posX", "sprites"),
        ("split/balanced/object_shape split/mpi/cyl2vx split/mpi/four_shapes split/mpi/fix_hx", "mpi"),
        ("split/balanced/shape split/simple/shape2px", "simple"),
        ("split/balanced/shape_1 split/twoshapes/huecomb split/twoshapes/noverlap", "twoshapes"),
    ],
)
def test_an_epoch_draws_n_rows_with_replacement_by_one_over_the_count_of_their_shape(
    names: str, data: str
) -> None:
    """As published: weight 1/count of the row's shape, the first factor whose name has `shape`, N draws."""
    space = SPACES[data]
    splits = configured(f"split/all {names}")(stand_in(space), seed=0)
    first = next(place for place, name in enumerate(space.names) if "shape" in name)
    shapes = space.factors(splits.train)[:, first]
    counts = np.bincount(shapes, minlength=space.sizes[first])
    expected = 1 / counts[shapes]
    np.testing.assert_allclose(splits.weights, expected / expected.sum(), rtol=1e-9)
    order = SeededBatchSampler(splits.train, 64, seed=0, weights=splits.weights)
    epoch = np.concatenate([order.batch(step).numpy() for step in range(len(shapes) // 64)])
    drawn = np.bincount(space.factors(epoch)[:, first], minlength=len(counts))
    assert chisquare(drawn[counts > 0]).pvalue > 0.001
    assert len(np.unique(epoch)) < 0.75 * len(epoch)  # drawn again: 1 − 1/e of equally likely rows


def test_the_config_of_symbols_balances_them() -> None:
    labels = np.repeat(np.arange(13), np.arange(13) + 5)[:, None]
    splits = configured("split/balanced/symbol")(labelled(labels, (13,), ("symbol",)), seed=0)
    assert splits.weights is not None
    shares = np.bincount(labels[splits.train, 0], weights=splits.weights)
    np.testing.assert_allclose(shares, 1 / 13, rtol=1e-9)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("shap", "balance: unknown factor 'shap'; did you mean shape?"),
        ([1], "balance: expected the name of a factor, or a list of them, got [1]"),
        ({"shape": 1}, "balance: expected the name of a factor, or a list of them"),
    ],
)
def test_a_wrong_factor_is_refused(written: Any, message: str) -> None:
    with pytest.raises(CallError) as caught:
        StandardSplit(balance=written)(stand_in(SPACE), seed=0)
    assert message in str(caught.value)


def test_a_continuous_factor_has_no_classes_to_balance() -> None:
    table = labelled(np.linspace(0, 1, 20)[:, None], (0,), ("weight",))
    with pytest.raises(CallError, match="balance: the factor 'weight' is continuous"):
        StandardSplit(balance="weight")(table, seed=0)

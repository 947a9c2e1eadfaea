"""The parts of a split side by side: who is drawn, which factors vary, what is said of them."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.errors import CallError, Unsupported
from disentcli.metrics.metric_warnings import MetricWarning
from disentcli.metrics.split_parts import PARTS, by_part
from disentcli.tables import part_table

from .split_toys import FACTORS, HELD_OUT, SPACE, TRAIN, Grid, additive_codes, make_parts

CODES = additive_codes()


def test_at_most_so_many_images_of_a_part_are_drawn_by_the_seed_and_each_once() -> None:
    parts = make_parts(CODES, points=50, other_points=20, seed=3)
    assert {name: len(one) for name, one in parts.indices.items()} == {
        "train": 50,
        "in_distribution": 20,
        "held_out": 20,
        "neither": 20,
    }
    assert TRAIN[parts.indices["train"]].all()
    assert len(np.unique(parts.indices["train"])) == 50
    assert np.array_equal(make_parts(CODES, points=50, seed=3).indices["train"], parts.indices["train"])
    assert not np.array_equal(make_parts(CODES, points=50, seed=4).indices["train"], parts.indices["train"])
    assert parts.describe() == (
        f"50 of {TRAIN.sum():,} train, 20 of 160 in-distribution, 20 of {HELD_OUT.sum():,} held-out, "
        "20 of 160 neither images"
    )


def test_a_part_without_images_has_no_scores_and_the_reason() -> None:
    nothing = np.empty(0, dtype=np.int64)
    full = make_parts(CODES)
    parts = make_parts(CODES, every={**full.every, "held_out": nothing, "neither": nothing})
    scores = by_part(parts, {"train": {"mse": 1.0}, "in_distribution": {"mse": 2.0}})
    assert scores.pop("reason") == "the split holds out no combinations of factors"
    np.testing.assert_equal(
        scores, {"train.mse": 1.0, "in_distribution.mse": 2.0, "held_out.mse": float("nan")}
    )
    parts = make_parts(CODES, every={**full.every, "in_distribution": nothing, "neither": nothing})
    assert by_part(parts, {"train": {"mse": 1.0}, "held_out": {"mse": 2.0}}) == {
        "train.mse": 1.0,
        "held_out.mse": 2.0,
    }


def test_the_table_by_part_has_a_column_for_each() -> None:
    assert part_table.PARTS == PARTS


def test_training_images_are_the_reference_where_there_are_no_others() -> None:
    full = make_parts(CODES)
    assert full.reference == "in_distribution"
    alone = make_parts(CODES, every={**full.every, "in_distribution": np.empty(0, dtype=np.int64)})
    with pytest.warns(MetricWarning, match="training images are the reference"):
        assert alone.reference == "train"


def test_continuous_factors_are_cut_where_training_images_have_their_quantiles() -> None:
    table = np.column_stack([FACTORS[:, 0], np.arange(SPACE.size) / SPACE.size]).astype(float)
    parts = make_parts(CODES, dataset=Grid(("shape", "weight"), (3, 0), (), table))
    classes, sizes = parts.classes("train", [0, 1])
    assert sizes == [3, 10]
    assert np.array_equal(classes[:, 0], FACTORS[TRAIN, 0])
    assert np.bincount(classes[:, 1]).min() >= TRAIN.sum() // 10 - 1
    edges = np.quantile(table[TRAIN, 1], np.arange(1, 10) / 10)
    held_out, _ = parts.classes("held_out", [1])
    assert np.array_equal(held_out[:, 0], np.searchsorted(edges, table[HELD_OUT, 1], side="right"))


def test_factors_that_never_vary_are_left_out_and_unknown_ones_refused() -> None:
    table = FACTORS * [1, 1, 0, 1]
    parts = make_parts(CODES, dataset=Grid(table=table))
    assert parts.columns() == [0, 1, 3]
    assert parts.positions(["pos-x", "shape"]) == [2, 0]
    with pytest.raises(CallError, match=r"pos_z.*pos_x"):
        parts.positions(["pos_z"])
    with pytest.raises(Unsupported, match="no factors that vary"):
        make_parts(CODES, dataset=Grid(table=table * 0)).columns()
    with pytest.raises(Unsupported, match=r"the data have no factors$"):
        make_parts(CODES, dataset=Grid((), (), (), table[:, :0])).columns()

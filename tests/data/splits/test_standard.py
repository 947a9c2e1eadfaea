"""The standard split: without options that of the published code, with options what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace
from disentcli.data.splits.splits import Splits, random_splits, with_held_out_trained
from disentcli.data.splits.standard import StandardSplit
from disentcli.errors import CallError

from .stand_ins import configured, stand_in

SPACE = FactorSpace(
    ("shape", "x", "y"), (3, 10, 10), (("square", "ellipse", "heart"), tuple(range(10)), tuple(range(10)))
)
DATA = stand_in(SPACE)
SHAPE, X, Y = np.indices(SPACE.sizes).reshape(3, -1)
SQUARES_RIGHT = {"squares": {"shape": "square", "x": {"above": 4}}}

options = st.fixed_dictionaries(
    {
        "test_share": st.sampled_from([0.0, 0.2, 0.5]),
        "val_share": st.sampled_from([0.0, 0.1, 0.3]),
        "filter_test": st.booleans(),
    },
    optional={
        "hold_out": st.sampled_from([SQUARES_RIGHT, {"low": {"y": {"below": 2}}, **SQUARES_RIGHT}]),
        "only": st.sampled_from(
            [{"odd": {"x": {"classes": "odd"}}}, {"two": {"shape": ["square", "heart"]}}]
        ),
        "subset": st.sampled_from([10, 0.5, 1.0]),
        "labels": st.sampled_from([1, 0.25]),
    },
)


def sets(splits: Splits) -> dict[str, set[int]]:
    return {name: set(getattr(splits, name).tolist()) for name in ("train", "val", "test", "held_out")}


@given(st.integers(0, 2**31))
def test_without_options_it_is_the_random_split_bit_for_bit(seed: int) -> None:
    one, other = StandardSplit()(DATA, seed), random_splits(len(DATA), seed)
    for part in ("train", "val", "test"):
        assert np.array_equal(getattr(one, part), getattr(other, part))
        assert getattr(one, part).dtype == np.int64
    assert (len(one.held_out), one.weights, one.labelled) == (0, None, None)


@given(options, st.integers(0, 1000))
def test_the_parts_are_disjoint_and_make_up_what_is_kept(given_options: dict[str, Any], seed: int) -> None:
    splits = StandardSplit(**given_options)(DATA, seed)
    parts = sets(splits)
    together = [index for part in parts.values() for index in part]
    assert len(together) == len(set(together))
    only = given_options.get("only", {})
    kept = np.ones(300, dtype=bool)
    kept &= (X % 2 == 1) if "odd" in only else kept
    kept &= (SHAPE != 1) if "two" in only else kept
    assert set(together) <= set(np.flatnonzero(kept))
    if "subset" not in given_options:
        assert set(together) == set(np.flatnonzero(kept))
    held = (SHAPE == 0) & (X > 4)
    held |= (Y < 2) if "low" in given_options.get("hold_out", {}) else held
    held &= kept & ("hold_out" in given_options)
    assert parts["train"].isdisjoint(np.flatnonzero(held))
    assert parts["val"].isdisjoint(np.flatnonzero(held))
    if given_options["filter_test"]:
        assert parts["held_out"] == set(np.flatnonzero(held))
    else:
        assert parts["held_out"] == set(np.flatnonzero(held)) - parts["test"]
    if splits.labelled is not None:
        assert set(splits.labelled) <= parts["train"]


@given(options, st.integers(0, 1000))
def test_one_seed_gives_one_split_and_every_seed_one_test_part(
    given_options: dict[str, Any], seed: int
) -> None:
    split = StandardSplit(**given_options)
    one, again, other = split(DATA, seed), split(DATA, seed), split(DATA, seed + 1)
    assert np.array_equal(one.train, again.train)
    assert np.array_equal(one.val, again.val)
    assert np.array_equal(one.test, other.test)
    assert np.array_equal(one.held_out, other.held_out)


def test_the_test_part_is_the_usual_one_less_what_is_held_out() -> None:
    usual = random_splits(300, seed=0).test
    held = np.flatnonzero((SHAPE == 0) & (X > 4))
    filtered, whole = (
        StandardSplit(hold_out=SQUARES_RIGHT, filter_test=one)(DATA, 0) for one in (True, False)
    )
    assert np.array_equal(filtered.test, np.setdiff1d(usual, held))
    assert np.array_equal(whole.test, usual)
    assert np.array_equal(filtered.held_out, held)
    assert np.array_equal(whole.held_out, np.setdiff1d(held, usual))
    assert np.array_equal(filtered.train, whole.train)


def test_validation_is_the_first_tenth_of_what_remains() -> None:
    splits = StandardSplit(hold_out=SQUARES_RIGHT)(DATA, 4)
    held = np.flatnonzero((SHAPE == 0) & (X > 4))
    remaining = np.setdiff1d(np.arange(300), [*held, *random_splits(300, seed=0).test])
    shuffled = remaining[torch.randperm(len(remaining), generator=torch.Generator().manual_seed(4)).numpy()]
    count = round(0.1 * len(remaining))
    assert (splits.val.tolist(), splits.train.tolist()) == (
        shuffled[:count].tolist(),
        shuffled[count:].tolist(),
    )


def test_fewer_images_or_labels_are_part_of_more() -> None:
    whole, half, ten = (StandardSplit(subset=one, labels=0.5)(DATA, 3) for one in (None, 0.5, 10))
    assert (len(whole.train), len(half.train), len(ten.train)) == (216, 108, 10)
    assert set(ten.train) < set(half.train) < set(whole.train)
    assert half.labelled is not None
    assert len(half.labelled) == 54
    assert np.array_equal(whole.val, ten.val)
    assert set(ten.train) != set(StandardSplit(subset=10)(DATA, 4).train)


def test_official_parts_are_kept() -> None:
    data = stand_in(SPACE, test_indices=np.arange(250, 300), val_indices=np.arange(200, 250))
    splits = StandardSplit(hold_out={"low": {"y": 0}})(data, seed=0)
    low = set(np.flatnonzero(Y == 0))
    assert sets(splits) == {
        "train": set(range(200)) - low,
        "val": set(range(200, 250)) - low,
        "test": set(range(250, 300)) - low,
        "held_out": low,
    }


def test_label_tables_are_split_by_their_factors() -> None:
    labels = np.arange(30).reshape(-1, 1) % 10
    data = Dataset(
        "digits",
        np.zeros((30, 1, 1, 1), np.uint8),
        (1, 1, 1),
        labels=labels,
        factor_names=("digit",),
        factor_sizes=(10,),
    )
    splits = StandardSplit(hold_out={"mine": {"digit": [3, 8]}})(data, seed=0)
    assert splits.held_out.tolist() == [3, 8, 13, 18, 23, 28]


def test_the_command_line_adds_changes_and_drops_predicates() -> None:
    data = stand_in(
        FactorSpace(
            ("shape", "x_position"), (2, 32), (("square", "ellipse"), tuple(k / 31 for k in range(32)))
        )
    )
    assert len(configured("split/sprites/sqr2tx")(data, 0).held_out) == 16
    moved = configured("split/sprites/sqr2tx", **{"hold-out.sqr2tx.x-position.above": 0.9})
    assert len(moved(data, 0).held_out) == 4
    more = configured("split/sprites/sqr2tx", **{"hold-out.mine.shape": "ellipse"})
    assert len(more(data, 0).held_out) == 16 + 32
    dropped = configured("split/sprites/sqr2tx", **{"hold-out.sqr2tx": None})
    assert len(dropped(data, 0).held_out) == 0


@pytest.mark.parametrize(
    ("given_options", "message"),
    [
        (
            {"hold_out": {"mine": {"x": {"above": 20}}}},
            "hold-out.mine: the predicate holds out nothing of 300 images",
        ),
        (
            {"hold_out": {"mine": {"x": {"above": -1}}}},
            "hold-out.mine: the predicate holds out everything of 300",
        ),
        ({"only": {"mine": {"x": {"above": 20}}}}, "only.mine: the predicate keeps nothing of 300 images"),
        ({"only": {"mine": {"x": {"below": 20}}}}, "only.mine: the predicate keeps everything of 300 images"),
        ({"only": {"low": {"x": 1}, "high": {"x": 5}}}, "only: no image fits low and high"),
        (
            {"only": {"few": {"x": 1}}, "hold_out": {"mine": {"x": 2}}},
            "hold-out.mine: the predicate holds out nothing of 30 images",
        ),
        (
            {"hold_out": {"low": {"x": {"below": 5}}, "high": {"x": {"above": 4}}}},
            "hold-out: low or high hold out everything of 300 images",
        ),
        ({"hold_out": {"mine": {"z": 1}}}, "hold-out.mine: unknown factor 'z'\nThere is: shape, x, y"),
        (
            {"hold_out": {"shape": "square"}},
            "every predicate needs a name, as in hold-out: {mine: {shape: square}}",
        ),
        ({"test_share": 1.0}, "test-share: expected a share from 0 to less than 1, got 1.0"),
        ({"val_share": -0.1}, "val-share: expected a share from 0 to less than 1, got -0.1"),
        ({"val_share": 0.999}, "of 300 items, 60 are for testing and 240 for validation"),
        ({"subset": 217}, "subset: 217 of 216 training images cannot be had"),
        ({"subset": 2.5}, "subset: expected a number of images or a fraction of them, got 2.5"),
        ({"subset": 0}, "subset: expected a number of images or a fraction of them, got 0"),
        ({"labels": 0.0001}, "labels: 0.0001 of 216 training images cannot be had"),
        ({"subset": 10, "labels": 11}, "labels: 11 of 10 training images cannot be had"),
    ],
)
def test_what_cannot_be_is_refused(given_options: dict[str, Any], message: str) -> None:
    with pytest.raises(CallError) as caught:
        StandardSplit(**given_options)(DATA, seed=0)
    assert message in str(caught.value)


def test_split_all_keeps_nothing_but_an_official_test_part() -> None:
    splits = configured("split/all")(DATA, seed=1)
    assert sorted(splits.train) == list(range(len(DATA)))
    assert (len(splits.val), len(splits.test), splits.weights) == (0, 0, None)
    official = stand_in(SPACE, test_indices=np.arange(30))
    splits = configured("split/all")(official, seed=1)
    assert (sorted(splits.test), sorted(splits.train)) == (list(range(30)), list(range(30, len(DATA))))


def test_with_replacement_every_draw_is_uniform_over_all_images() -> None:
    """As disentanglement_lib draws its batches: by scipy's χ² test, and images repeat as chance has it."""
    splits = configured("split/all", replacement=True)(DATA, seed=1)
    order = SeededBatchSampler(splits.train, 30, seed=1, weights=splits.weights)
    epochs = [torch.cat([order.batch(10 * epoch + step) for step in range(10)]) for epoch in range(100)]
    counts = np.bincount(torch.cat(epochs), minlength=len(DATA))
    assert counts.sum() == 100 * len(DATA) == 30_000
    assert 0.01 < chisquare(counts).pvalue < 0.99
    distinct = np.mean([len(epoch.unique()) for epoch in epochs]) / len(DATA)
    assert abs(distinct - (1 - (1 - 1 / 300) ** 300)) < 0.01


def test_replacement_keeps_to_what_may_be_trained_on() -> None:
    splits = configured("split/all", hold_out=SQUARES_RIGHT, replacement=True)(DATA, seed=1)
    order = SeededBatchSampler(splits.train, 50, seed=1, weights=splits.weights)
    assert not set(order.batch(0).tolist()) & set(splits.held_out.tolist())
    assert splits.weights is not None
    assert np.isclose(splits.weights.sum(), 1)


def test_the_factors_of_held_out_combinations_are_named_and_no_others() -> None:
    assert StandardSplit(hold_out=SQUARES_RIGHT)(DATA, 0).held_out_factors == ("shape", "x")
    several = {"low": {"y": {"below": 2}}, "not-left": [{"not": {"x": 1}}], "unset": None}
    assert StandardSplit(hold_out=several)(DATA, 0).held_out_factors == ("y", "x")
    assert StandardSplit(only={"two": {"shape": ["square", "heart"]}})(DATA, 0).held_out_factors == ()


@given(options, st.integers(0, 1000), st.sampled_from([None, "val", "test", "held-out"]))
def test_parts_by_distance_from_training_hold_every_image_once(
    chosen: dict[str, Any], seed: int, mode: str | None
) -> None:
    splits = StandardSplit(**chosen)(DATA, seed)
    parts = splits.generalisation_parts(len(DATA), mode)
    assert list(parts) == ["train", "in_distribution", "held_out", "neither"]
    assert np.array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(len(DATA)))
    held_out = np.zeros(len(DATA), dtype=bool)
    if "hold_out" in chosen:
        held_out = (SHAPE == 0) & (X > 4) | (Y < 2) & ("low" in chosen["hold_out"])
    assert held_out[parts["held_out"]].all()
    assert not held_out[np.concatenate([parts["train"], parts["in_distribution"]])].any()
    assert set(parts["train"]) == set(splits.train)
    tested = {"val": [splits.val], "test": [splits.test]}.get(mode or "", [splits.val, splits.test])
    assert set(parts["in_distribution"]) == {i for part in tested for i in part if not held_out[i]}


def test_after_an_update_stage_what_was_held_out_is_still_a_part_of_its_own() -> None:
    before = StandardSplit(hold_out=SQUARES_RIGHT)(DATA, 0)
    after = with_held_out_trained(before, 0)
    for name, indices in before.generalisation_parts(len(DATA)).items():
        assert np.array_equal(after.generalisation_parts(len(DATA))[name], indices)

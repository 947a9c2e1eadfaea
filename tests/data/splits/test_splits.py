"""Splits equal those of the published code: numpy's RandomState(0), then the seed in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from disentcli.config.root_settings import ROOT
from disentcli.data.parts import PARTS
from disentcli.data.public.published_grids import SHAPES3D, mpi3d_space
from disentcli.data.splits.splits import Splits, random_splits, subsample_evenly, with_held_out_trained
from disentcli.errors import CallError


@pytest.mark.parametrize(
    ("n", "counts"),
    [
        (SHAPES3D.size, (345_600, 38_400, 96_000)),
        (mpi3d_space("toy").size, (746_496, 82_944, 207_360)),
        (mpi3d_space("complex").size, (331_776, 36_864, 92_160)),
    ],
)
def test_the_counts_are_the_published_ones(n: int, counts: tuple[int, int, int]) -> None:
    splits = random_splits(n, seed=0)
    assert (len(splits.train), len(splits.val), len(splits.test)) == counts


@given(st.integers(10, 500), st.integers(0, 2**31))
@settings(max_examples=50)
def test_the_parts_are_disjoint_and_make_the_whole(n: int, seed: int) -> None:
    splits = random_splits(n, seed)
    assert sorted([*splits.train, *splits.val, *splits.test]) == list(range(n))
    assert splits.train.dtype == splits.val.dtype == splits.test.dtype == np.int64


def test_the_parts_follow_the_published_code_line_by_line() -> None:
    order = np.random.RandomState(0).permutation(1000)
    test, rest = np.sort(order[-200:]), np.sort(order[:-200])
    with torch.random.fork_rng():
        torch.manual_seed(5)
        shuffled = rest[torch.randperm(800).numpy()]
    splits = random_splits(1000, seed=5)
    assert np.array_equal(splits.test, test)
    assert np.array_equal(splits.val, shuffled[:80])
    assert np.array_equal(splits.train, shuffled[80:])


def test_validation_changes_with_the_seed_and_test_does_not() -> None:
    one, other = random_splits(1000, seed=0), random_splits(1000, seed=1)
    assert np.array_equal(one.test, other.test)
    assert set(one.val) != set(other.val)


def test_an_official_test_set_is_kept() -> None:
    splits = random_splits(70, seed=0, test_indices=np.arange(69, 59, -1))
    assert splits.test.tolist() == list(range(60, 70))
    assert (len(splits.train), len(splits.val)) == (54, 6)


def test_the_global_generators_are_left_alone() -> None:
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    random_splits(100, seed=3)
    assert torch.equal(torch_state, torch.get_rng_state())
    assert str(numpy_state) == str(np.random.get_state())  # noqa: NPY002


def test_nothing_left_to_train_on_is_refused() -> None:
    with pytest.raises(CallError, match="of 10 items, 2 are for testing and 8 for validation"):
        random_splits(10, seed=0, val_share=1.0)


def test_a_subsample_reaches_from_the_first_to_the_last() -> None:
    assert subsample_evenly(np.arange(100), 3).tolist() == [0, 49, 99]
    assert subsample_evenly(np.arange(3), 10).tolist() == [0, 1, 2]


def test_a_part_is_found_by_the_name_that_mode_gives_it() -> None:
    parts = [np.array(one) for one in ([4, 1], [2], [0, 3], [5])]
    splits = Splits(*parts)
    for name, indices in zip(PARTS[:4], parts, strict=True):
        np.testing.assert_array_equal(splits.part(name, 9), indices)
    np.testing.assert_array_equal(splits.part("all", 9), np.arange(9))
    assert ROOT["mode"].choices == PARTS


def test_a_part_that_is_empty_is_refused_with_the_counts_of_the_others() -> None:
    with pytest.raises(CallError, match=r"held-out part .* empty.*: train 72, val 8, test 20, all 100"):
        random_splits(100, seed=0).part("held-out", 100)


def test_an_update_stage_trains_on_what_was_held_out_and_leaves_the_other_parts() -> None:
    before = Splits(*(np.arange(start, start + 10) for start in (0, 10, 20, 30)))
    after = with_held_out_trained(before, seed=3)
    assert sorted(after.train) == [*range(10), *range(30, 40)]
    assert after.train.tolist() != sorted(after.train)
    assert np.array_equal(after.train, with_held_out_trained(before, seed=3).train)
    for part in ("val", "test", "held_out"):
        assert np.array_equal(getattr(before, part), getattr(after, part))
    assert after.held_out_is_trained
    assert not before.held_out_is_trained
    assert after.trainable.tolist() == [*range(20), *range(30, 40)]


def test_an_update_stage_of_weighted_images_is_refused() -> None:
    weighted = Splits(np.arange(2), np.arange(2, 4), np.arange(0), weights=np.array([0.5, 0.5]))
    with pytest.raises(CallError, match=r"train-held-out.*leave one of them out"):
        with_held_out_trained(weighted, seed=0)

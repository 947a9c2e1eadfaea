"""Properties of the factor space, over random grids; the order is numpy's row-major one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from disentcli.data.factors import FactorSpace
from disentcli.errors import CallError

sizes = st.lists(st.integers(1, 5), min_size=1, max_size=5).map(tuple)
seeds = st.integers(0, 2**32 - 1)


def space_of(sizes: tuple[int, ...]) -> FactorSpace:
    return FactorSpace(tuple(f"f{k}" for k in range(len(sizes))), sizes)


@given(sizes)
def test_index_undoes_factors(sizes: tuple[int, ...]) -> None:
    space = space_of(sizes)
    everything = np.arange(space.size)
    assert np.array_equal(space.index(space.factors(everything)), everything)


@given(sizes)
def test_the_last_factor_runs_fastest(sizes: tuple[int, ...]) -> None:
    space = space_of(sizes)
    counted = np.array(list(itertools.product(*(range(size) for size in sizes))))
    assert np.array_equal(space.factors(np.arange(space.size)), counted)


@given(sizes, seeds)
def test_samples_lie_on_the_grid_and_keep_what_is_fixed(sizes: tuple[int, ...], seed: int) -> None:
    space = space_of(sizes)
    fixed = {"f0": sizes[0] - 1}
    drawn = space.sample(50, np.random.default_rng(seed), fixed)
    assert drawn.shape == (50, len(sizes))
    assert ((drawn >= 0) & (drawn < np.asarray(sizes))).all()
    assert (drawn[:, 0] == sizes[0] - 1).all()


def test_samples_are_uniform() -> None:
    space = space_of((3, 4))
    counts = np.bincount(space.index(space.sample(12_000, np.random.default_rng(0))), minlength=12)
    assert chisquare(counts).pvalue > 0.01


def test_fixing_a_factor_leaves_the_draws_of_the_others() -> None:
    space = space_of((3, 4, 5))
    free, fixed = (space.sample(20, np.random.default_rng(7), how) for how in (None, {1: 2}))
    assert np.array_equal(free[:, [0, 2]], fixed[:, [0, 2]])


@given(sizes, seeds, st.data())
@settings(max_examples=50)
def test_an_intervention_changes_one_factor_of_a_copy(
    sizes: tuple[int, ...], seed: int, data: st.DataObject
) -> None:
    space = space_of(sizes)
    place = data.draw(st.integers(0, len(sizes) - 1))
    value = data.draw(st.integers(0, sizes[place] - 1))
    before = space.sample(10, np.random.default_rng(seed))
    kept = before.copy()
    after = space.intervene(before, f"f{place}", value)
    others = [k for k in range(len(sizes)) if k != place]
    assert (after[:, place] == value).all()
    assert np.array_equal(after[:, others], before[:, others])
    assert np.array_equal(before, kept)


def test_an_intervention_may_give_each_row_its_value() -> None:
    changed = space_of((3, 4)).intervene(np.zeros((4, 2), int), 1, np.array([3, 0, 1, 2]))
    assert changed.tolist() == [[0, 3], [0, 0], [0, 1], [0, 2]]


@given(sizes, seeds)
def test_a_traversal_runs_through_one_factor(sizes: tuple[int, ...], seed: int) -> None:
    space = space_of(sizes)
    start = space.sample(1, np.random.default_rng(seed))[0]
    walked = space.traversal(start, 0)
    assert walked[:, 0].tolist() == list(range(sizes[0]))
    assert (walked[:, 1:] == start[1:]).all()


def test_a_predicate_holds_out_combinations() -> None:
    space = FactorSpace(("shape", "angle"), (3, 4))
    chosen = space.select(lambda by: (by["shape"] == 1) & (by["angle"] < 2))
    assert chosen.tolist() == [4, 5]


def test_held_out_and_kept_make_the_whole() -> None:
    space = space_of((3, 4, 2))
    held = space.select(lambda by: by["f1"] > 1)
    kept = space.select(lambda by: by["f1"] <= 1)
    assert sorted([*held, *kept]) == list(range(space.size))


def test_a_subspace_keeps_names_sizes_and_values() -> None:
    space = FactorSpace(("hue", "shape"), (2, 3), ((0.0, 0.5), ("cube", "ball", "pill")))
    assert space.subspace(["shape"]) == FactorSpace(("shape",), (3,), (("cube", "ball", "pill"),))


def test_classes_stand_for_themselves_without_values() -> None:
    assert space_of((2, 3)).values == ((0.0, 1.0), (0.0, 1.0, 2.0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda space: space.position("f9"), "no factor 'f9'; there are f0, f1"),
        (lambda space: space.index(np.array([[0, 4]])), "below {'f0': 3, 'f1': 4}"),
        (lambda space: space.index(np.array([0, 1])), r"shape \(N, 2\)"),
        (lambda space: space.factors(np.array([12])), r"0…11"),
        (lambda space: space.intervene(np.zeros((1, 2)), "f0", 3), "'f0' has the classes 0…2, not 3"),
        (lambda space: space.select(lambda by: by["f0"]), "must return 12 booleans"),
        (lambda space: FactorSpace(("a", "a"), (1, 1)), "distinct names"),
        (lambda space: FactorSpace(("a",), (0,)), "at least one value"),
        (lambda space: FactorSpace(("a",), (2,), ((1.0,),)), "do not have the sizes"),
    ],
)
def test_a_wrong_call_says_what_there_is(call: object, message: str) -> None:
    with pytest.raises(CallError, match=message):
        call(space_of((3, 4)))  # type: ignore[operator]

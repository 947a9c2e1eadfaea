"""Triplets have the exact distribution of the published sampler, and its measured statistics."""

from __future__ import annotations

import doctest
from collections import Counter
from itertools import permutations
from typing import Any

import numpy as np
import pytest
import torch
from torch.overrides import TorchFunctionMode

from disentcli.data.counter_rng import CounterRNG
from disentcli.data.factors import FactorSpace
from disentcli.data.public.published_grids import mpi3d_space
from disentcli.data.views import allowed_grid
from disentcli.data.views.allowed_grid import AllowedGrid, change_one, change_others
from disentcli.data.views.triplets import Triplets, composition_triplets
from disentcli.errors import CallError, Unsupported

from .grids import SPACE, fits, held_out, is_uniform, listed, places

Code = tuple[int, ...]
TINY = FactorSpace(("a", "b", "c"), (2, 3, 3))


def classes(data_space: FactorSpace, drawn: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reference, command, target (B, F)."""
    reference, command, target = (data_space.factors(column) for column in drawn.numpy().T)
    return reference, command, target


def triplets(**options: object) -> tuple[np.ndarray, ...]:
    """(reference, command, target, action) for every allowed image of the grid with a corner held out."""
    allowed = held_out()
    view = Triplets(places(), **options)
    view.set_allowed(allowed)
    drawn = view.draw(torch.from_numpy(allowed), 1)
    assert np.isin(drawn.indices, allowed).all()
    return *classes(SPACE, drawn.indices), drawn.changed.numpy()


@pytest.mark.parametrize("command", ["distinct", "any"])
def test_the_target_differs_from_the_reference_in_the_queried_factor_only(command: str) -> None:
    reference, from_command, target, action = triplets(command=command)
    assert (action.sum(1) == 1).all()
    assert np.array_equal(reference != target, action)
    assert np.array_equal(target[action], from_command[action])


def test_the_command_shares_nothing_else_with_the_target() -> None:
    _, command, target, action = triplets()
    assert np.array_equal(command == target, action)


def test_the_looser_command_is_any_allowed_image_with_the_queried_class() -> None:
    _, command, target, action = triplets(command="any")
    allowed = held_out()
    queried = action.argmax(1)
    factors = SPACE.factors(allowed)
    rows = np.flatnonzero(queried == 1)  # scale: four classes of equally many images
    suitable = [allowed[factors[:, 1] == target[i, 1]] for i in rows]
    assert is_uniform(SPACE.index(command[rows]), suitable)


def test_every_factor_is_queried_equally_often() -> None:
    *_, action = triplets()
    assert fits(action.sum(0), [len(action) / 5] * 5)


def test_mpi3d_with_a_fixed_axis_never_queries_it() -> None:
    space = mpi3d_space("toy")
    fixed = space.select(lambda at: at["horizontal_axis"] == 7)
    view = Triplets(places(space))
    view.set_allowed(fixed)
    drawn = view.draw(torch.from_numpy(fixed), 1)
    frequency = drawn.changed.float().mean(0).numpy()
    assert frequency[5] == 0
    assert np.allclose(np.delete(frequency, 5), 1 / 6, atol=0.01)
    _, command, target = classes(space, drawn.indices)
    shared = (command == target).mean(0)
    assert shared[5] == 1
    assert np.allclose(np.delete(shared, 5), np.delete(frequency, 5))


def test_20_000_triplets_of_the_published_condition_are_as_published() -> None:
    """Squares in the right half of dSprites held out, drawn at once: Montero et al., NeurIPS 2022."""
    space = FactorSpace(("shape", "scale", "orientation", "x", "y"), (3, 6, 40, 32, 32))
    shown = space.select(lambda at: (at["shape"] != 0) | (at["x"] < 16))
    assert len(shown) == 614_400
    view = Triplets(places(space))
    view.set_allowed(shown)
    references = np.random.default_rng(0).choice(shown, 20_000, replace=False)
    drawn = view.draw(torch.from_numpy(references), 7)
    assert np.isin(drawn.indices, shown).all()
    reference, command, target = classes(space, drawn.indices)
    action = drawn.changed.numpy()
    assert np.array_equal(reference[:, 0], space.factors(references)[:, 0])
    assert (action.sum(1) == 1).all()
    assert np.array_equal(reference != target, action)
    assert np.array_equal(command == target, action)
    assert fits(action.sum(0), [4_000] * 5)


class Counted(TorchFunctionMode):
    """Counts the functions of torch that are called."""

    calls = 0

    def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += 1
        return function(*args, **(kwargs or {}))


def test_no_python_code_runs_for_each_item() -> None:
    """A batch of 20,000 calls exactly as many functions of torch as one of 20."""
    view = Triplets(places())
    view.set_allowed(held_out())

    def calls(count: int) -> int:
        with Counted() as counted:
            view.draw(torch.arange(count) % 100, 1)
        return counted.calls

    assert calls(20) == calls(20_000) > 20


def published_target(code: Code, inside: set[Code]) -> Counter[tuple[Code, int]]:
    """The exact distribution of (target, factor), walking through every shuffled order of the factors."""
    found: Counter[tuple[Code, int]] = Counter()
    orders = list(permutations(range(3)))
    for order in orders:
        for d in order:
            options = [v for v in range(TINY.sizes[d]) if (*code[:d], v, *code[d + 1 :]) in inside]
            others = [v for v in options if v != code[d]] if len(options) > 1 else options
            if others != [code[d]] or d == order[-1]:
                break
        for v in others:
            found[(*code[:d], v, *code[d + 1 :]), d] += 1 / len(orders) / len(others)
    return found


def published_command(target: Code, d: int, inside: set[Code]) -> Counter[Code]:
    """The exact distribution of the command's code: a Gibbs sweep over the other factors, in their order."""
    spread: Counter[Code] = Counter({target: 1.0})
    for k in (k for k in range(3) if k != d):
        after: Counter[Code] = Counter()
        for code, share in spread.items():
            options = [v for v in range(TINY.sizes[k]) if (*code[:k], v, *code[k + 1 :]) in inside]
            options = [v for v in options if v != code[k]] or options
            for v in options:
                after[(*code[:k], v, *code[k + 1 :])] += share / len(options)
        spread = after
    return spread


def agrees(drawn: Counter, expected: Counter) -> bool:
    """A chi-squared test of drawn outcomes against exact probabilities."""
    outcomes = sorted(set(drawn) | set(expected))
    return fits([drawn[one] for one in outcomes], [expected[one] * 20_000 for one in outcomes])


@pytest.mark.parametrize("outside", [[(1, 1, 1)], [(0, 0, 1), (0, 0, 2), (1, 2, 2)], [(1, 0, 0), (0, 1, 0)]])
def test_steps_and_sweeps_are_distributed_as_the_published_sampler_draws_them(outside: list[Code]) -> None:
    everything = [tuple(code) for code in TINY.factors(np.arange(TINY.size)).tolist()]
    inside = set(everything) - set(outside)
    grid = AllowedGrid.of(TINY, TINY.names, TINY.index(np.array(sorted(inside))))
    rng = CounterRNG(0, torch.arange(20_000), 1)
    for code in sorted(inside)[:6]:
        target, factor = change_one(grid, torch.tensor(code).expand(20_000, 3), grid.shown, rng.fork(0))
        drawn = Counter((tuple(t), d) for t, d in zip(target.tolist(), factor.tolist(), strict=True))
        expected = published_target(code, inside)
        assert agrees(drawn, expected)
        for (one, d), _ in expected.most_common(2):
            kept = torch.full((20_000,), d)
            command = change_others(grid, torch.tensor(one).expand(20_000, 3), kept, rng.fork(1))
            assert agrees(Counter(map(tuple, command.tolist())), published_command(one, d, inside))


def test_a_lonely_image_is_its_own_target() -> None:
    view = Triplets(places())
    view.set_allowed(np.array([5]))
    drawn = view.draw(torch.tensor([5]), 1)
    assert drawn.indices.tolist() == [[5, 5, 5]]
    assert drawn.changed.sum() == 1


def test_hidden_factors_are_never_queried_and_stay_in_the_target() -> None:
    drawn = Triplets(places(hidden=["y"])).draw(torch.arange(SPACE.size), 1)
    assert drawn.changed.shape == (SPACE.size, 4)
    reference, command, target = classes(SPACE, drawn.indices)
    assert np.array_equal(reference[:, 4], target[:, 4])
    assert is_uniform(command[:, 4], [np.delete(np.arange(7), y) for y in target[:, 4]])


def test_the_examples_hold() -> None:
    assert doctest.testmod(allowed_grid).failed == 0


def held_out_triplets(count: int, **options: object) -> tuple[np.ndarray, ...]:
    """(reference, command, target, action): targets of the held-out corner, composed of all other images."""
    sources = held_out()
    targets = np.setdiff1d(np.arange(SPACE.size), sources)
    drawn = composition_triplets(places(**options), sources, targets, count, seed=0)
    assert np.isin(drawn.indices[:, :2], sources).all()
    assert np.isin(drawn.indices[:, 2], targets).all()
    return *classes(SPACE, drawn.indices), drawn.changed.numpy()


def test_held_out_targets_differ_in_one_factor_from_images_that_are_shown() -> None:
    reference, command, target, action = held_out_triplets(20_000)
    assert np.array_equal(reference != target, action)
    assert np.array_equal(command == target, action)


def test_held_out_targets_are_drawn_evenly_and_again_the_same() -> None:
    sources = held_out()
    targets = np.setdiff1d(np.arange(SPACE.size), sources)
    first, again, other = (
        composition_triplets(places(), sources, targets, 20_000, seed=seed).indices for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    reachable = np.unique(first[:, 2].numpy())
    counts = np.bincount(np.searchsorted(reachable, first[:, 2].numpy()))
    assert fits(counts, [20_000 / len(reachable)] * len(reachable))


def test_a_held_out_target_that_no_two_images_make_up_is_left_out() -> None:
    sources = TINY.select(lambda at: (at["a"] == 0) & (at["b"] < 2))
    inner = TINY.select(lambda at: (at["a"] == 0) & (at["b"] == 0) & (at["c"] == 0))
    drawn = composition_triplets(
        places(TINY), np.setdiff1d(sources, inner), np.arange(TINY.size), 500, seed=0
    )
    assert set(np.unique(drawn.indices[:, 2])) == set(sources.tolist())


def test_a_class_that_no_image_shows_cannot_be_composed() -> None:
    sources = TINY.select(lambda at: at["b"] == 0)
    targets = TINY.select(lambda at: at["b"] > 0)
    with pytest.raises(
        Unsupported, match=r"none of 12 images of places can be composed of two of the others"
    ):
        composition_triplets(places(TINY), sources, targets, 10, seed=0)


def test_triplets_need_a_grid() -> None:
    with pytest.raises(CallError, match="view triplets needs a full grid of factors, listed is none"):
        Triplets(listed())

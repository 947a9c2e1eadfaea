"""Weak pairs follow the paper's reading and the released code's, within the images that may be shown."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
import torch

from disentcli.data.factors import FactorSpace
from disentcli.data.views.weak import WeakPairs
from disentcli.errors import CallError

from .grids import SPACE, fits, held_out, is_uniform, listed, places

BIG = FactorSpace(("a", "b", "c", "d"), (10, 12, 14, 16))  # 26,880 images
EVERYTHING = torch.arange(BIG.size)


def changed(**options: object) -> np.ndarray:
    return WeakPairs(places(BIG), **options).draw(EVERYTHING, 1).changed.numpy()


def is_distributed(drawn: np.ndarray, shares: list[float]) -> bool:
    """Whether the numbers 0, 1, … come in these shares."""
    return fits(np.bincount(drawn, minlength=len(shares)), np.array(shares) * len(drawn))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_fixed_changes_exactly_k_factors_each_set_equally_often(k: int) -> None:
    sets = changed(k=k, number="fixed")
    assert (sets.sum(1) == k).all()
    _, counts = np.unique(sets, axis=0, return_counts=True)
    sets_of_k = comb(4, k)
    assert fits(counts, [BIG.size / sets_of_k] * sets_of_k)


def test_uniform_changes_one_to_k_factors_and_all_but_one_by_default() -> None:
    assert is_distributed(changed(k=2).sum(1), [0, 1 / 2, 1 / 2])
    assert is_distributed(changed().sum(1), [0, 1 / 3, 1 / 3, 1 / 3])


def test_the_released_code_takes_one_or_k_factors() -> None:
    assert is_distributed(changed(k=3, number="either").sum(1), [0, 1 / 2, 0, 1 / 2])
    # k = −1: k itself is uniform in 1…3, then one factor or k
    assert is_distributed(changed(number="either").sum(1), [0, 1 / 2 + 1 / 6, 1 / 6, 1 / 6])


def test_factors_drawn_anew_may_keep_their_class_as_in_the_released_code() -> None:
    frequency = changed(k=2, number="fixed", repeats=True).mean(0)
    assert np.allclose(frequency, [(1 - 1 / size) / 2 for size in BIG.sizes], atol=0.01)


def test_new_classes_are_uniform_among_the_others() -> None:
    pairs = WeakPairs(places(BIG), k=1, number="fixed").draw(EVERYTHING, 1).indices.numpy()
    old, new = BIG.factors(pairs[:, 0]), BIG.factors(pairs[:, 1])
    for k, size in enumerate(BIG.sizes):
        moved = old[:, k] != new[:, k]
        distance = (new - old)[moved, k] % size
        assert is_distributed(distance - 1, [1 / (size - 1)] * (size - 1))


@pytest.mark.parametrize("repeats", [False, True])
def test_nothing_held_out_is_shown(repeats: bool) -> None:
    allowed = held_out()
    view = WeakPairs(places(), repeats=repeats)
    view.set_allowed(allowed)
    for draw_step in range(5):
        assert np.isin(view.draw(torch.from_numpy(allowed), draw_step).indices, allowed).all()


def test_partners_are_uniform_among_the_allowed_ones() -> None:
    space = FactorSpace(("a", "b"), (40, 40))
    allowed = space.select(lambda at: at["a"] + at["b"] < 45)
    view = WeakPairs(places(space), k=2, number="fixed")
    view.set_allowed(allowed)
    factors = space.factors(allowed)
    corner = allowed[(factors < 5).all(1)]
    suitable = [allowed[(space.factors(allowed) != space.factors(np.array([i]))).all(1)] for i in corner]
    drawn = np.concatenate([view.draw(torch.from_numpy(corner), v).indices[:, 1].numpy() for v in range(200)])
    assert is_uniform(drawn, suitable * 200)


def test_factors_with_one_class_are_never_chosen() -> None:
    one_shape = SPACE.select(lambda at: (at["shape"] == 2) & (at["x"] == 3))
    view = WeakPairs(places(), k=3, number="fixed")
    view.set_allowed(one_shape)
    drawn = view.draw(torch.from_numpy(one_shape), 1)
    assert drawn.changed.numpy().sum(0).tolist() == [0, *[len(one_shape)] * 2, 0, len(one_shape)]


def test_where_no_pair_is_found_one_factor_changes() -> None:
    cross = SPACE.select(lambda at: sum((at[name] > 0).astype(int) for name in SPACE.names) <= 1)
    view = WeakPairs(places(), k=2, number="fixed")
    view.set_allowed(cross)
    centre = torch.zeros(1, dtype=torch.int64)
    for draw_step in range(20):
        drawn = view.draw(centre, draw_step)
        assert np.isin(drawn.indices, cross).all()
        assert drawn.changed.sum() == 1


def test_hidden_factors_are_drawn_anew_in_every_pair() -> None:
    view = WeakPairs(places(BIG, hidden=["d"]), k=1, number="fixed")
    drawn = view.draw(EVERYTHING, 1)
    assert drawn.changed.shape == (BIG.size, 3)
    assert (drawn.changed.sum(1) == 1).all()
    assert is_uniform(drawn.indices[:, 1].numpy() % 16, [np.arange(16)] * BIG.size)


def test_wrong_calls_say_what_is_possible() -> None:
    with pytest.raises(CallError, match="needs a full grid of factors, listed is none"):
        WeakPairs(listed())
    with pytest.raises(CallError, match=r"k is 1…5, or -1 for all factors but one, not 6"):
        WeakPairs(places(), k=6)
    view = WeakPairs(places())
    with pytest.raises(CallError, match="no factor of places varies"):
        view.set_allowed(np.array([3]))

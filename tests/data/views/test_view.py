"""A view gives the images of its draw in one batch, the same for every split of it, place and time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from disentcli.data.dataset import Dataset
from disentcli.data.views.pairs import Pairs
from disentcli.data.views.triplets import Triplets
from disentcli.data.views.view import View
from disentcli.data.views.weak import WeakPairs
from disentcli.errors import CallError

from .grids import SPACE, held_out, places

VIEWS: list[Callable[..., View]] = [
    lambda data, **kw: Pairs(data, share=["scale"], **kw),
    lambda data, **kw: Pairs(data, change=["scale", "x"], **kw),
    WeakPairs,
    lambda data, **kw: WeakPairs(data, number="either", repeats=True, **kw),
    Triplets,
    lambda data, **kw: Triplets(data, command="any", **kw),
]
every_view = pytest.mark.parametrize("build", VIEWS)


@every_view
def test_a_batch_holds_the_images_of_its_draw(build: Callable[..., View]) -> None:
    view = build(places())
    indices = torch.tensor([7, 7, 0, 2519])
    batch = view.batch(indices, 3)
    assert batch.shape == (4, view.num_views, 1)
    assert torch.equal(batch[..., 0].long(), view.draw(indices, 3).indices)
    assert torch.equal(batch[:, 0, 0].long(), indices)
    assert torch.equal(batch[0], batch[1])


@every_view
def test_draws_follow_from_seed_index_and_visit_alone(build: Callable[..., View]) -> None:
    indices = torch.arange(2520)
    whole = build(places()).draw(indices, 5)
    again, order = build(places()), torch.randperm(2520, generator=torch.Generator().manual_seed(0))
    again.draw(indices, 4)
    parts = [again.draw(part, 5) for part in indices[order].split(100)]
    assert torch.equal(torch.cat([part.indices for part in parts]), whole.indices[order])
    assert torch.equal(torch.cat([part.changed for part in parts]), whole.changed[order])
    for other in (build(places()).draw(indices, 6), build(places(), seed=1).draw(indices, 5)):
        assert (other.indices[:, 1] != whole.indices[:, 1]).float().mean() > 0.5


@every_view
def test_images_that_go_with_another_are_allowed_ones_in_thousands_at_once(
    build: Callable[..., View],
) -> None:
    view, allowed = build(places()), held_out()
    view.set_allowed(allowed)
    indices = torch.from_numpy(np.resize(allowed, 4096))
    assert np.isin(view.draw(indices, 1).indices, allowed).all()


@every_view
def test_images_held_out_are_shown_with_allowed_ones_or_themselves(build: Callable[..., View]) -> None:
    view, allowed = build(places()), held_out()
    view.set_allowed(allowed)
    outside = np.setdiff1d(np.arange(2520), allowed)
    drawn = view.draw(torch.from_numpy(outside), 0).indices.numpy()
    assert (np.isin(drawn, allowed) | (drawn == outside[:, None])).all()


@every_view
def test_a_batch_is_made_where_the_images_are_without_asking_for_any_value(
    build: Callable[..., View],
) -> None:
    view = build(places()).to("meta", "device")  # has no values: reading one on the host would raise
    drawn = view.draw(torch.arange(8), 1)
    assert drawn.indices.device.type == drawn.changed.device.type == "meta"
    assert view.batch(torch.arange(8), 1).shape == (8, view.num_views, 1)


@pytest.mark.parametrize("hidden", [[], ["hue"]])
@every_view
def test_the_factors_of_each_view_are_those_of_the_images_in_the_batch(
    build: Callable[..., View], hidden: list[str]
) -> None:
    view = build(places(hidden=hidden))
    indices = torch.arange(0, 2520, 3)
    shown = [k for k, name in enumerate(SPACE.names) if name not in hidden]
    seen = view.batch(indices, 2)[..., 0].long().numpy()  # each image is its own place in the grid
    expected = np.stack(np.unravel_index(seen, SPACE.sizes), axis=-1)[..., shown]
    assert np.array_equal(view.item_factors(indices, 2), expected)
    shared = [view.factor_names.index(name) for name in view.shared_factors]
    assert (expected[..., shared] == expected[:, :1][..., shared]).all()


def test_pairs_know_which_factors_they_share_and_chance_does_not() -> None:
    assert Pairs(places(), share=["y", "scale"]).shared_factors == ("scale", "y")
    assert Pairs(places(), change=["hue", "x"]).shared_factors == ("shape", "scale", "y")
    assert WeakPairs(places()).shared_factors == Triplets(places()).shared_factors == ()
    assert places().shared_factors == ()


def test_a_single_image_has_one_view() -> None:
    data = places(hidden=["x"])
    indices = torch.tensor([5, 2519, 5])
    assert np.array_equal(data.item_factors(indices, 9), data.factors(indices.numpy())[:, None])


def test_images_come_channel_by_channel_and_channels_last() -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, 4, 6, 3), dtype=np.uint8)
    labels = np.arange(12)[:, None] // 4
    data = Dataset("small", images, (3, 4, 6), labels=labels, factor_names=("kind",), factor_sizes=(3,))
    view = Pairs(data, share=["kind"])
    batch, drawn = view.batch(torch.arange(12), 1), view.draw(torch.arange(12), 1).indices
    assert np.array_equal((batch * 255).round().numpy(), images[drawn].transpose(0, 1, 4, 2, 3))
    assert batch.flatten(0, 1).is_contiguous(memory_format=torch.channels_last)


def test_a_view_tells_what_the_images_beneath_tell() -> None:
    data = places(hidden=["y"])
    view = WeakPairs(data)
    assert view.images is data
    assert (len(view), view.name, view.shape) == (len(data), data.name, data.shape)
    assert (view.factor_names, view.factor_sizes) == (data.factor_names, data.factor_sizes)
    assert np.array_equal(view.factors(), data.factors())
    assert view.to("cpu", "ram") is view
    assert (view.device, view.resident) == (data.device, data.resident)


def test_a_view_of_a_view_and_a_view_of_nothing_are_refused() -> None:
    with pytest.raises(CallError, match="places gives 2 images an item already"):
        Triplets(WeakPairs(places()))
    with pytest.raises(CallError, match="the view of places has no images to draw from"):
        WeakPairs(places()).set_allowed(np.array([], dtype=np.int64))

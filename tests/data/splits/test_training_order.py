"""What training shows of `d/room` with a held-out combination stacked: the full grid of 480,000 images."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.data.batch_sampler import SeededBatchSampler
from disentcli.data.rendered.room.grid import RoomGrid
from disentcli.data.views.pairs import Pairs

from .stand_ins import configured, stand_in

SPACE = RoomGrid().space
FACTORS = SPACE.factors(np.arange(SPACE.size))
CAPSULE, HALF = 3, 5  # the class of the shape, the first class of the hues that are at least 0.5


def allowed() -> np.ndarray:
    """The images without capsules of a hue of 0.5 or more, written out by hand: (480,000,) bool."""
    object_hue, shape = FACTORS[:, 2], FACTORS[:, 4]
    return ~((shape == CAPSULE) & (object_hue >= HALF))


def test_an_epoch_shows_each_allowed_image_once_and_no_other() -> None:
    splits = configured("split/3ds/shape2ohue", val_share=0.0)(stand_in(SPACE), seed=3)
    order = SeededBatchSampler(splits.train, 1_000, seed=3)
    shown = np.concatenate([order.batch(step).numpy() for step in range(order.batches_per_epoch)])
    assert np.array_equal(np.sort(shown), np.flatnonzero(allowed()))
    assert np.array_equal(splits.held_out, np.flatnonzero(~allowed()))


def test_validation_takes_its_share_of_the_allowed_images_alone() -> None:
    splits = configured("split/3ds/shape2ohue")(stand_in(SPACE), seed=3)
    assert len(splits.val) == round(0.1 * allowed().sum())
    assert np.array_equal(splits.trainable, np.flatnonzero(allowed()))


@pytest.mark.parametrize("draw_step", [0, 1])
def test_partners_of_pairs_are_allowed_too(draw_step: int) -> None:
    data = stand_in(SPACE)
    splits = configured("split/3ds/shape2ohue")(data, seed=3)
    view = Pairs(data, share=["scale", "shape", "orientation"])
    view.set_allowed(splits.trainable)
    order = SeededBatchSampler(splits.train, 100_000, seed=3)
    pairs = view.draw(order.batch(0), draw_step).indices.numpy()
    assert allowed()[pairs].all()
    one, other = FACTORS[pairs[:, 0]], FACTORS[pairs[:, 1]]
    assert (one[:, 3:] == other[:, 3:]).all()
    assert (one[:, :3] != other[:, :3]).any(axis=1).mean() > 0.9

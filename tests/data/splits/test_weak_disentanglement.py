"""Splits of weak disentanglement: the published images, equally many of each entity, in three parts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.data.entities import Entities
from disentcli.data.splits.splits import Splits

from ...configs import sheets
from .stand_ins import SPACES, configured, stand_in

OF_DATA = [("dsprites", "sprites", 12_150, 27), ("3ds", "3ds", 180_000, 120)]


def whole(splits: Splits) -> np.ndarray:
    return np.concatenate([splits.train, splits.val, splits.test])


@pytest.mark.parametrize(("name", "data", "images", "entities"), OF_DATA)
def test_the_published_images_are_as_many_of_each_entity(
    name: str, data: str, images: int, entities: int
) -> None:
    space = SPACES[data]
    splits = configured(f"split/weak/{name}")(stand_in(space), seed=0)
    (model,) = [layer["model"] for layer in sheets(f"relations/{name}")]
    of_image = Entities(model["entities"], space.names, space.sizes).of_factors(
        torch.from_numpy(space.factors(whole(splits)))
    )
    assert len(np.unique(whole(splits))) == images
    assert of_image.bincount(minlength=entities).tolist() == [images // entities] * entities


@pytest.mark.parametrize(("name", "data", "images"), [one[:3] for one in OF_DATA])
def test_eight_tenths_are_trained_on(name: str, data: str, images: int) -> None:
    splits = configured(f"split/weak/{name}")(stand_in(SPACES[data]), seed=0)
    shares = [len(part) / images for part in (splits.train, splits.val, splits.test)]
    np.testing.assert_allclose(shares, (0.8, 0.1, 0.1), atol=0.01)


def test_labels_are_the_published_amounts() -> None:
    """20,480 of 68,040 training images of dSprites, which are copies; 30,720 images of 3D-Shapes."""
    sprites = configured("split/weak/dsprites")(stand_in(SPACES["sprites"]), seed=0)
    shapes = configured("split/weak/3ds")(stand_in(SPACES["3ds"]), seed=0)
    assert sprites.labelled is not None
    assert shapes.labelled is not None
    assert len(sprites.labelled) / len(sprites.train) == pytest.approx(20_480 / 68_040, rel=1e-3)
    assert 7 * len(sprites.labelled) == pytest.approx(20_480, rel=0.02)
    assert len(shapes.labelled) == 30_720

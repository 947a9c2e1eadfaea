"""Data configs that come in pairs share what the paper shares, as their images show."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from disentcli.config.settings import Settings
from disentcli.data.dataset import Dataset

from ...configs import sheets

HUES = ("floor_hue", "wall_hue", "object_hue")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    settings = Settings(sheets("d/room-pairs-small"))
    data = settings.build("dataset", root=str(tmp_path_factory.mktemp("rooms")))
    return settings.build("view", dataset=data)


def test_rooms_share_scale_shape_and_orientation_and_have_free_hues(pairs: Dataset) -> None:
    assert pairs.shared_factors == ("scale", "shape", "orientation")
    factors = pairs.item_factors(torch.arange(len(pairs)), 1).numpy()
    agree = (factors[:, 0] == factors[:, 1]).mean(0)
    assert agree[3:].tolist() == [1, 1, 1]
    assert np.allclose(agree[:3], 1 / 5, atol=0.03)
    assert pairs.factor_names == (*HUES, *pairs.shared_factors)


def test_the_image_with_the_factors_of_a_view_is_the_one_in_the_batch(pairs: Dataset) -> None:
    indices = torch.arange(0, 4500, 450)
    factors = pairs.item_factors(indices, 2).flatten(0, 1).numpy()
    places = torch.from_numpy(pairs.images.find(factors, np.random.default_rng(0)))
    images = pairs.batch(indices, 2)
    assert torch.equal(pairs.images.batch(places), images.flatten(0, 1))
    assert len(images.flatten(1, -1).unique(dim=0)) == 10


@pytest.mark.parametrize("name", ["d/room-pairs", "d/3ds-pairs"])
def test_the_full_grids_are_paired_alike(name: str) -> None:
    values = Settings(sheets(name)).values
    assert values["view"] == {"_type": "pairs", "share": ["scale", "shape", "orientation"]}
    assert values["dataset"] == {"_type": name[2:].removesuffix("-pairs"), "batch_size": 64}

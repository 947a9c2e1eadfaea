"""Every config of a view builds it, and says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from disentcli.config.config_layers import ConfigLayer
from disentcli.config.config_store import ConfigStore, summary
from disentcli.config.settings import Settings
from disentcli.data.dataset import Dataset
from disentcli.data.public.published_grids import SHAPES3D
from disentcli.data.views.triplets import Triplets
from disentcli.data.views.view import View
from disentcli.data.views.weak import WeakPairs

from .grids import listed, places

LIBRARY = ConfigStore({}, Path.cwd())
CONFIGS = [
    name for name in LIBRARY.paths if name.startswith("view/") and name != "view/noisy-copies"
]  # of one image an item, see test_noisy_copies.py


def build(name: str, dataset: Dataset, **root: object) -> View:
    sheet = LIBRARY.read(LIBRARY.find(name))
    bases = [LIBRARY.read(LIBRARY.find(base)) for base in sheet["_base"]]
    return Settings([ConfigLayer(root, "command line"), sheet, *bases]).build("view", dataset=dataset)


@pytest.mark.parametrize("name", CONFIGS)
def test_every_config_builds_its_view_and_says_what_it_is(name: str) -> None:
    data = places(SHAPES3D)
    if name == "view/pairs-digit":
        data = listed()
        data.factor_names = ("digit", "tone")
    view = build(name, data, seed=7)
    assert view.seed == 7
    assert view.batch(torch.arange(3), 1).shape == (3, view.num_views, 1)
    assert 20 < len(summary(LIBRARY.paths[name])) < 130


def test_configs_set_the_published_choices() -> None:
    data = places(SHAPES3D)
    indices = torch.arange(0, 480_000, 97)
    changed = {
        name: build(name, data).draw(indices, 1).changed.sum(1) for name in CONFIGS if "digit" not in name
    }
    assert changed["view/pairs-3ds"].max() == 3
    assert changed["view/weak"].unique().tolist() == [1, 2, 3, 4, 5]
    assert changed["view/weak-1"].unique().tolist() == [1]
    assert changed["view/weak-dislib"].unique().tolist() == [0, 1, 2, 3, 4, 5]
    assert isinstance(build("view/weak-dislib", data), WeakPairs)
    assert isinstance(build("view/triplets", data), Triplets)

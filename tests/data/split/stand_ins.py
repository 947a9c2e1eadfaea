"""Datasets of whole grids without images, and splits as configs name them."""

from __future__ import annotations

import numpy as np

from disentcli.console.checking import check
from disentcli.console.settings import Settings
from disentcli.console.stacking import COMMAND_LINE, Sheet
from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace
from disentcli.data.grids import SHAPES3D, mpi3d_space
from disentcli.data.placed_shapes import ShapeGrid
from disentcli.data.split.standard import StandardSplit
from disentcli.data.sprites import SpriteGrid

from ...configs import sheets

SPACES = {
    "sprites": SpriteGrid().space,
    "3ds": SHAPES3D,
    "mpi": mpi3d_space("toy"),
    "circles": ShapeGrid("circles", size=64, positions=32).space,
    "simple": ShapeGrid("simple", size=64, positions=32, shapes=2).space,
}


def stand_in(space: FactorSpace, **members: object) -> Dataset:
    """A dataset with the factors of the space, and one black pixel for each image."""
    rows = np.zeros((space.size, 1, 1, 1), dtype=np.uint8)
    return Dataset("stand-in", rows, (1, 1, 1), grid=space, **members)  # type: ignore[arg-type]


def configured(names: str, **options: object) -> StandardSplit:
    """The split that these stacked configs describe, with options of the command line over them."""
    call = Sheet({"split": options}, COMMAND_LINE)
    stacked = [call, *sheets(*names.split(), "base")]
    check(stacked)
    return Settings(stacked).build("split")

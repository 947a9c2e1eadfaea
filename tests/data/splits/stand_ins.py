"""Datasets of whole grids without images, and splits as configs name them."""

from __future__ import annotations

import numpy as np

from disentcli.config.config_layers import COMMAND_LINE, ConfigLayer
from disentcli.config.settings import Settings
from disentcli.config.unknown_keys import check_known
from disentcli.data.dataset import Dataset
from disentcli.data.factors import FactorSpace
from disentcli.data.public.published_grids import CARS3D, SHAPES3D, mpi3d_space
from disentcli.data.rendered.simple_shapes import ShapeGrid
from disentcli.data.rendered.sprites import SpriteGrid
from disentcli.data.rendered.two_shapes import TwoShapesGrid
from disentcli.data.splits.standard import StandardSplit

from ...configs import sheets

SPACES = {
    "sprites": SpriteGrid().space,
    "3ds": SHAPES3D,
    "mpi": mpi3d_space("toy"),
    "cars3d": CARS3D,
    "circles": ShapeGrid("circles", size=64, positions=32).space,
    "simple": ShapeGrid("simple", size=64, positions=32, shapes=2).space,
    "twoshapes": TwoShapesGrid(size=64, positions=4, shapes=2, hues=4).space,
}
# what the names of correlated configs begin with, in the code of Roth et al.
NAMED_AFTER = {"shapes3d": "3ds", "mpi3d": "mpi", "dsprites": "sprites", "cars3d": "cars3d"}


def stand_in(space: FactorSpace, **members: object) -> Dataset:
    """A dataset with the factors of the space, and one black pixel for each image."""
    rows = np.zeros((space.size, 1, 1, 1), dtype=np.uint8)
    return Dataset("stand-in", rows, (1, 1, 1), grid=space, **members)  # type: ignore[arg-type]


def configured(names: str, **options: object) -> StandardSplit:
    """The split that these stacked configs describe, with options of the command line over them."""
    call = ConfigLayer({"split": options}, COMMAND_LINE)
    stacked = [call, *sheets(*names.split(), "base")]
    check_known(stacked)
    return Settings(stacked).build("split")

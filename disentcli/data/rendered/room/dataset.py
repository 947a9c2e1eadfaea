"""The dataset "room": rooms with one object on the factor grid of 3D-Shapes, rendered on first use."""

from __future__ import annotations

from pathlib import Path

from ....registry import dataset
from ...dataset import StoredDataset
from ...dataset_info import DatasetInfo
from ..rendering import RENDERED, open_or_render
from .grid import RoomGrid
from .render import render


@dataset("room")
class Room(StoredDataset):
    """A lit room and the object in its middle, 3×64×64; rendered once into `root`.

    The grid of 3D-Shapes by default (480,000 images, 5.9 GB); the counts make it coarser. The three hues, the
    scale and the shape of the object, and the angle of the camera change independently.
    """

    def __init__(
        self,
        root: str = "local_data",
        *,
        size: int = 64,
        floor_hues: int = 10,
        wall_hues: int = 10,
        object_hues: int = 10,
        scales: int = 8,
        shapes: int = 4,
        orientations: int = 15,
    ) -> None:
        grid = RoomGrid(size, floor_hues, wall_hues, object_hues, scales, shapes, orientations)
        store = open_or_render(Path(root), grid.folder, grid.spec(), lambda folder: render(folder, grid))
        super().__init__(store, "room")

    @staticmethod
    def info(
        *,
        size: int,
        floor_hues: int,
        wall_hues: int,
        object_hues: int,
        scales: int,
        shapes: int,
        orientations: int,
    ) -> DatasetInfo:
        """The rooms of this grid."""
        grid = RoomGrid(size, floor_hues, wall_hues, object_hues, scales, shapes, orientations)
        return DatasetInfo.of_spec(grid.spec(), title="Room", folder=grid.folder, obtain=RENDERED)

"""3D-Shapes (Burgess & Kim, 2018): rooms with one object, 480,000 images over six factors."""

from __future__ import annotations

from pathlib import Path

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .shapes3d_source import shapes3d


@dataset("3ds")
class Shapes3D(StoredDataset):
    """3D-Shapes, 3×64×64: floor, wall and object hue, scale, shape, orientation."""

    def __init__(self, root: str = "local_data") -> None:
        store = open_store(Path(root) / "3ds", shapes3d().remedy)
        super().__init__(store, "3ds")

    @staticmethod
    def info() -> DatasetInfo:
        """The rooms of 3D-Shapes."""
        return shapes3d().info()

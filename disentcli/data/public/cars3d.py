"""Cars3D (Reed et al., NeurIPS 2015): 183 rendered cars in 24 views from 4 heights."""

from __future__ import annotations

from pathlib import Path

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .cars3d_source import cars3d


@dataset("cars3d")
class Cars3D(StoredDataset):
    """Cars3D, 3×64×64: elevation, azimuth, type of the car (in the authors' order)."""

    def __init__(self, root: str = "local_data") -> None:
        super().__init__(open_store(Path(root) / "cars3d", cars3d().remedy), "cars3d")

    @staticmethod
    def info() -> DatasetInfo:
        """The cars, made smaller from 128×128."""
        return cars3d().info()

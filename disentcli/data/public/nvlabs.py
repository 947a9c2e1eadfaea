"""Isaac3D and Falcor3D (Nie et al., ICML 2020): a kitchen with a robot arm, and a living room."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .nvlabs_source import CATEGORIES, falcor3d, isaac3d


@dataset("isaac3d")
class Isaac3D(StoredDataset):
    """Isaac3D, 737,280 images 3×128×128, or 3×64×64 made of them: the whole grid of its nine factors."""

    category_argument = "size"

    def __init__(self, root: str = "local_data", *, size: Literal[64, 128] = 64) -> None:
        source = isaac3d(CATEGORIES[size])
        store = open_store(Path(root) / source.name, source.remedy)
        super().__init__(store, f"isaac3d-{size}")

    @staticmethod
    def info(*, size: Literal[64, 128]) -> DatasetInfo:
        """The images at this size."""
        return isaac3d(CATEGORIES[size]).info()


@dataset("falcor3d")
class Falcor3D(StoredDataset):
    """Falcor3D, 233,280 images 3×128×128, or 3×64×64 made of them: the whole grid of its seven factors."""

    category_argument = "size"

    def __init__(self, root: str = "local_data", *, size: Literal[64, 128] = 64) -> None:
        source = falcor3d(CATEGORIES[size])
        store = open_store(Path(root) / source.name, source.remedy)
        super().__init__(store, f"falcor3d-{size}")

    @staticmethod
    def info(*, size: Literal[64, 128]) -> DatasetInfo:
        """The images at this size."""
        return falcor3d(CATEGORIES[size]).info()

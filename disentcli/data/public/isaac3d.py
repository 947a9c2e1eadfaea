"""Isaac3D (Nie et al., ICML 2020): a robot arm holds an object in a kitchen; nine factors."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .isaac3d_source import isaac3d
from .nvlabs_source import CATEGORIES


@dataset("isaac3d")
class Isaac3D(StoredDataset):
    """Isaac3D, 737,280 images 3×128×128, or 3×64×64 made of them: the whole grid of its nine factors."""

    def __init__(self, root: str = "local_data", *, size: Literal[64, 128] = 64) -> None:
        source = isaac3d(CATEGORIES[size])
        store = open_store(Path(root) / source.name, f"run `fig download-dataset {source.call}`")
        super().__init__(store, f"isaac3d-{size}")

    @staticmethod
    def info(*, size: Literal[64, 128]) -> DatasetInfo:
        """The images at this size."""
        return isaac3d(CATEGORIES[size]).info()

"""Falcor3D (Nie et al., ICML 2020): a living room under changing light; seven factors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .falcor3d_source import falcor3d


@dataset("falcor3d")
class Falcor3D(StoredDataset):
    """Falcor3D, 233,280 images 3×128×128, or 3×64×64 made of them: the whole grid of its seven factors."""

    def __init__(self, root: str = "local_data", *, size: Literal[64, 128] = 64) -> None:
        source = falcor3d("128" if size == 128 else "64")
        store = open_store(Path(root) / source.name, f"run `fig download-dataset {source.call}`")
        super().__init__(store, f"falcor3d-{size}")

    @staticmethod
    def card(options: Mapping[str, Any]) -> DatasetInfo:
        """The images of the size that the options name."""
        return falcor3d("128" if str(options.get("size")) == "128" else "64").card()

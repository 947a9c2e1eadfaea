"""MPI3D (Gondal et al., NeurIPS 2019): a robot arm with an object, simulated or filmed; seven factors."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import open_store
from ..dataset_info import DatasetInfo
from .mpi3d_source import mpi3d

Category = Literal["toy", "realistic", "sim", "real", "complex"]


@dataset("mpi")
class MPI3D(StoredDataset):
    """MPI3D, 3×64×64, of one category: toy and realistic (sim) are rendered, real and complex filmed."""

    def __init__(self, root: str = "local_data", *, category: Category = "toy") -> None:
        source = mpi3d(category)
        super().__init__(open_store(Path(root) / source.name, source.remedy), source.name.replace("_", "-"))

    @staticmethod
    def info(*, category: Category) -> DatasetInfo:
        """The images of this category."""
        return mpi3d(category).info()

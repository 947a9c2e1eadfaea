"""Circles: one circle at every place, after the combinatorial-generalisation study; rendered here."""

from __future__ import annotations

from pathlib import Path

from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_info import DatasetInfo
from .shape_grid import ShapeGrid, open_shapes


@dataset("circles")
class Circles(StoredDataset):
    """One circle at every place, 3×64×64, anti-aliased on black: factors x, y; rendered once into `root`.

    After the set of this name of "Lost in Latent Space" (Montero et al., NeurIPS 2022), whose images and
    generator were not released.
    """

    def __init__(self, root: str = "local_data", *, size: int = 64, positions: int = 32) -> None:
        super().__init__(open_shapes(Path(root), ShapeGrid("circles", size, positions)), "circles")

    @staticmethod
    def info(*, size: int, positions: int) -> DatasetInfo:
        """The circles of this grid."""
        return ShapeGrid("circles", size, positions).info("Circles")

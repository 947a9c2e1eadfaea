"""XYSquares: three squares on a grid, between whose places pixels tell no distance; rendered here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import CallError
from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import StoreSpec
from ..dataset_info import DatasetInfo
from ..factors import FactorSpace
from .rendering import RENDERED, open_or_render, render_groups

SIDE, SQUARE = 64, 8  # pixels
CITATION = (
    "After Michlo, Klein, James: Overlooked Implications of the Reconstruction Loss for VAE Disentanglement, "
    "IJCAI 2023"
)
CHECKSUMS = {"xysquares_8_8": "de315f8730bc8db1d4d313556f7bc04a7d4d6f5e0bb04d8015194236c528fff0"}
"""sha256 of the images of whole grids, by folder: a rendering that differs is refused."""


@dataclass(frozen=True)
class SquareGrid:
    """A red, a green and a blue square at places × places each, in the middle, `spacing` pixels apart."""

    places: int = 8
    spacing: int = 8

    def __post_init__(self) -> None:
        if not (2 <= self.places <= 8 and 1 <= self.spacing <= 8):
            raise CallError(
                "xysquares has 2…8 places along each axis, 1…8 pixels apart: "
                f"not {self.places} places with a spacing of {self.spacing}"
            )

    @property
    def folder(self) -> str:
        """The name of the folder, from all options."""
        return f"xysquares_{self.places}_{self.spacing}"

    @property
    def space(self) -> FactorSpace:
        """x to the right and y down of the red, the green and the blue square."""
        return FactorSpace(("x_R", "y_R", "x_G", "y_G", "x_B", "y_B"), (self.places,) * 6)

    def spec(self) -> StoreSpec:
        """The dataset folder of these images."""
        return StoreSpec(
            name="xysquares",
            shape=(3, SIDE, SIDE),
            count=self.space.size,
            packed=True,
            factors=self.space,
            source=f"rendered by disentcli, squares 1: spacing {self.spacing}",
            licence="CC0",
            citation=CITATION,
        )

    def squares(self) -> np.ndarray:
        """Packed images (3, places², bytes) of one square alone, of each colour at every place."""
        border = (SIDE - SQUARE - (self.places - 1) * self.spacing) // 2
        images = np.zeros((3, self.places, self.places, SIDE, SIDE, 3), dtype=bool)
        for channel, column, row in np.ndindex(3, self.places, self.places):
            left, top = border + self.spacing * column, border + self.spacing * row
            images[channel, column, row, top : top + SQUARE, left : left + SQUARE, channel] = True
        return np.packbits(images.reshape(3, self.places**2, -1), axis=-1)

    def render(self, folder: Path) -> None:
        """Render into `folder`; a group has one place of the red square, and every place of the others."""
        red, green, blue = self.squares()
        others = (green[:, None] | blue).reshape(-1, red.shape[-1])
        render_groups(
            folder,
            self.spec(),
            len(others),
            lambda place: red[place] | others,
            expected_sha256=CHECKSUMS.get(self.folder, ""),
        )


@dataset("xysquares")
class XYSquares(StoredDataset):
    """Binary images 3×64×64 of a red, a green and a blue square of 8×8 pixels, each at 8×8 places: 262,144.

    At the spacing of 8 two places of a square never overlap, so that all pairs of places are equally far
    apart in pixels; a smaller spacing lets them overlap, and pixels tell near from far again.
    """

    def __init__(self, root: str = "local_data", *, places: int = 8, spacing: int = 8) -> None:
        grid = SquareGrid(places, spacing)
        super().__init__(open_or_render(Path(root), grid.folder, grid.spec(), grid.render), "xysquares")

    @staticmethod
    def info(*, places: int, spacing: int) -> DatasetInfo:
        """The squares of this grid."""
        grid = SquareGrid(places, spacing)
        return DatasetInfo.of_spec(
            grid.spec(),
            title="XYSquares",
            folder=grid.folder,
            obtain=RENDERED,
            homepage="https://github.com/nmichlo/disent",
        )

"""TwoShapes: two coloured shapes at every pair of places, after the combinatorial-generalisation study."""

from __future__ import annotations

from colorsys import hsv_to_rgb
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np

from ...errors import CallError
from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import Store, StoreSpec
from ..dataset_info import DatasetInfo
from ..factors import FactorSpace
from .antialias import FULL, coverage
from .rendering import RENDERED, open_or_render, render_groups
from .simple_shapes import CITATION, CORNERS, MARGIN, SHAPES, centers_of, regular, steps_of

#: of the image, of every shape: those more than a fifth apart in x and in y never touch
AREA = Fraction(1, 64)
MOST = 1_000_000  # images of one grid
CHECKSUMS = {"twoshapes_64_4x4x2x4": "94e587d7648cc27f7afed78b6c9677674b19414c0e224d10d18fa9405012644a"}
"""sha256 of the images of whole grids, by folder: a rendering that differs is refused."""


@dataclass(frozen=True)
class TwoShapesGrid:
    """Which images there are: every x, y, shape and hue of the first object with all of the second."""

    size: int
    positions: int
    shapes: int
    hues: int

    def __post_init__(self) -> None:
        if self.size % 8 or not 16 <= self.size <= 256:
            raise CallError(f"the size of twoshapes must be a multiple of 8 in 16…256, not {self.size}")
        if self.positions < 2:
            raise CallError(f"twoshapes has 2 positions or more along x and y, not {self.positions}")
        if not 2 <= self.shapes <= len(SHAPES):
            raise CallError(
                f"twoshapes has 2 to {len(SHAPES)} shapes ({', '.join(SHAPES)}): "
                f"shapes cannot be {self.shapes}"
            )
        if self.hues < 2:
            raise CallError(f"twoshapes has 2 hues or more, not {self.hues}")
        if self.objects**2 > MOST:
            raise CallError(
                f"twoshapes with {self.positions} positions, {self.shapes} shapes and {self.hues} hues would "
                f"have {self.objects**2:,} images, more than {MOST:,}; choose fewer of one of them"
            )

    @property
    def objects(self) -> int:
        """How many objects there are: x, y, shape and hue of one."""
        return self.positions**2 * self.shapes * self.hues

    @property
    def folder(self) -> str:
        """The name of the folder, from all options."""
        return f"twoshapes_{self.size}_{self.positions}x{self.positions}x{self.shapes}x{self.hues}"

    @property
    def space(self) -> FactorSpace:
        """x to the right, y down, both 0…1, shape, and hue 0…1, of the first object, then of the second."""
        steps = steps_of(self.positions)
        hues = tuple(k / self.hues for k in range(self.hues))
        names = tuple(f"{name}_{one}" for one in (1, 2) for name in ("x", "y", "shape", "hue"))
        sizes = (self.positions, self.positions, self.shapes, self.hues)
        return FactorSpace(names, sizes * 2, (steps, steps, SHAPES[: self.shapes], hues) * 2)

    def spec(self) -> StoreSpec:
        """The dataset folder of these images."""
        return StoreSpec(
            name="twoshapes",
            shape=(3, self.size, self.size),
            count=self.space.size,
            factors=self.space,
            source=f"rendered by disentcli, two shapes 1: area {AREA}, margin {MARGIN}, the second in front",
            licence="CC0",
            citation=CITATION,
        )

    @cached_property
    def coverages(self) -> np.ndarray:
        """Coverage of each pixel by each object: (positions of x and y × shapes, size, size) in 0…FULL."""
        places = centers_of(self.size, self.positions)
        at = np.stack(np.meshgrid(places, places, indexing="ij"), axis=-1).reshape(-1, 1, 2)
        outlines = [regular(CORNERS[shape], AREA * self.size**2) for shape in SHAPES[: self.shapes]]
        covered = np.stack([coverage(outline + at, self.size) for outline in outlines], axis=1)
        return covered.reshape(-1, self.size, self.size)

    @cached_property
    def colors(self) -> np.ndarray:
        """The colour of each hue (hues, 3) in 0…255, fully saturated."""
        return np.array([[round(255 * c) for c in hsv_to_rgb(k / self.hues, 1, 1)] for k in range(self.hues)])

    def second_objects(self, first: int) -> np.ndarray:
        """Images (objects, size, size, 3) uint8 of the `first`-th object behind each of the second ones."""
        place, hue = divmod(first, self.hues)
        behind = self.coverages[place][..., None] * self.colors[hue]
        in_front = self.coverages[:, None, :, :, None]
        seen = behind * (FULL - in_front) + in_front * FULL * self.colors[:, None, None, :]
        rounded = (seen + FULL**2 // 2) // FULL**2
        return rounded.astype(np.uint8).reshape(-1, self.size, self.size, 3)


def open_two_shapes(root: Path, grid: TwoShapesGrid) -> Store:
    """The folder of the grid, rendered first where it is missing."""
    spec, checksum = grid.spec(), CHECKSUMS.get(grid.folder, "")

    def render(folder: Path) -> None:
        render_groups(folder, spec, grid.objects, grid.second_objects, expected_sha256=checksum)

    return open_or_render(root, grid.folder, spec, render)


@dataset("twoshapes")
class TwoShapes(StoredDataset):
    """Two coloured shapes, 3×64×64, anti-aliased on black: factors x, y, shape, hue of either.

    A circle, a triangle (or a square), of one area; where they overlap, the second covers the first:
    `split/twoshapes/noverlap` leaves such images out. Rendered once into `root`. After the set of this name
    of "Lost in Latent Space" (Montero et al., NeurIPS 2022), whose images and generator were not released.
    """

    def __init__(
        self,
        root: str = "local_data",
        *,
        size: int = 64,
        positions: int = 4,
        shapes: int = 2,
        hues: int = 4,
    ) -> None:
        grid = TwoShapesGrid(size, positions, shapes, hues)
        super().__init__(open_two_shapes(Path(root), grid), "twoshapes")

    @staticmethod
    def info(*, size: int, positions: int, shapes: int, hues: int) -> DatasetInfo:
        """The pairs of shapes of this grid."""
        grid = TwoShapesGrid(size, positions, shapes, hues)
        return DatasetInfo.of_spec(grid.spec(), title="TwoShapes", folder=grid.folder, obtain=RENDERED)

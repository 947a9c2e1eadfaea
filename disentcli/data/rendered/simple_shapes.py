"""Circles and Simple: one shape at every place, after the combinatorial-generalisation study."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import isqrt
from pathlib import Path

import numpy as np

from ...errors import CallError
from ...registry import dataset
from ..dataset import StoredDataset
from ..dataset_folder import Store, StoreSpec
from ..dataset_info import DatasetInfo
from ..factors import FactorSpace
from .antialias import FULL, coverage
from .polygons import ONE, PIXEL, VERTICES, cos_sin, rounded
from .rendering import RENDERED, open_or_render, render_groups

SHAPES = ("circle", "triangle", "square")
CORNERS = {"circle": VERTICES, "triangle": 3, "square": 4}
AREA = Fraction(1, 25)  # of the image, of every shape: mass does not tell the shape
MARGIN = Fraction(3, 16)  # of the image, from its border to the outermost centres: nothing is cut off
COLOR = (255, 170, 0)
CITATION = (
    "After Montero, Bowers, Ponte Costa, Ludwig, Malhotra: "
    "Lost in Latent Space, NeurIPS 2022, whose images were not released"
)
CHECKSUMS = {
    "circles_64_32x32": "c3c968a31fd3ae771b993616d08b2dde8c81e684c887fed7d997ae526c973353",
    "simple_64_32x32x2": "229d0c69c401864dd8859132bba1fd653c1377fd0c6271a699459968b560d648",
}
"""sha256 of the images of whole grids, by folder: a rendering that differs is refused."""


@dataclass(frozen=True)
class ShapeGrid:
    """Which images there are: every x, every y and, in `simple`, every shape, the last factor."""

    name: str  # circles or simple
    size: int
    positions: int
    shapes: int = 1

    def __post_init__(self) -> None:
        if self.size % 8 or not 16 <= self.size <= 256:
            raise CallError(f"the size of {self.name} must be a multiple of 8 in 16…256, not {self.size}")
        if not 2 <= self.positions <= 256:
            raise CallError(f"the positions of {self.name} must be in 2…256, not {self.positions}")
        if self.name == "simple" and not 2 <= self.shapes <= len(SHAPES):
            raise CallError(
                f"simple has 2 to {len(SHAPES)} shapes ({', '.join(SHAPES)}): shapes cannot be {self.shapes}"
            )

    @property
    def folder(self) -> str:
        """The name of the folder, from all options."""
        shapes = f"x{self.shapes}" if self.name == "simple" else ""
        return f"{self.name}_{self.size}_{self.positions}x{self.positions}{shapes}"

    @property
    def space(self) -> FactorSpace:
        """x to the right and y down, both 0…1, and the shape of `simple`."""
        steps = steps_of(self.positions)
        places = FactorSpace(("x", "y"), (self.positions,) * 2, (steps, steps))
        if self.name == "circles":
            return places
        return FactorSpace(
            (*places.names, "shape"), (*places.sizes, self.shapes), (*places.values, SHAPES[: self.shapes])
        )

    def spec(self) -> StoreSpec:
        """The dataset folder of these images."""
        return StoreSpec(
            name=self.name,
            shape=(3, self.size, self.size),
            count=self.space.size,
            factors=self.space,
            source=f"rendered by disentcli, shapes 1: area {AREA}, margin {MARGIN}, colour {COLOR}",
            licence="CC0",
            citation=CITATION,
        )

    def info(self, title: str) -> DatasetInfo:
        """What the dataset of these images is, under this title."""
        return DatasetInfo.of_spec(self.spec(), title=title, folder=self.folder, obtain=RENDERED)

    @cached_property
    def centers(self) -> np.ndarray:
        """The positions in 1/65536 pixel: 12…52 of 64 pixels."""
        return centers_of(self.size, self.positions)

    @cached_property
    def outlines(self) -> list[np.ndarray]:
        """Vertices (V, 2) of every shape round (0, 0), in 1/65536 pixel."""
        return [regular(CORNERS[shape], AREA * self.size**2) for shape in SHAPES[: self.shapes]]

    def column(self, x: int) -> np.ndarray:
        """Images (positions of y × shapes, size, size, 3) uint8 of the x-th position."""
        moved = np.stack([np.full_like(self.centers, self.centers[x]), self.centers], axis=-1)[:, None]
        covered = np.stack([coverage(outline + moved, self.size) for outline in self.outlines], axis=1)
        colored = covered.reshape(-1, self.size, self.size, 1) * np.array(COLOR)
        return ((colored + FULL // 2) // FULL).astype(np.uint8)


def steps_of(positions: int) -> tuple[float, ...]:
    """The values of x and of y: 0…1."""
    return tuple(k / (positions - 1) for k in range(positions))


def centers_of(size: int, positions: int) -> np.ndarray:
    """The positions (positions,) of centres in 1/65536 pixel: 12…52 of 64 pixels."""
    across = (1 - 2 * MARGIN) * size
    steps = [Fraction(k, positions - 1) for k in range(positions)]
    return np.array([round((MARGIN * size + across * step) * PIXEL) for step in steps])


def regular(corners: int, area: Fraction) -> np.ndarray:
    """Vertices (corners, 2) of a regular polygon of this area in pixels², its centre at 0 and an edge below.

    With corners at the distance r the area is corners · r² · sin(2π / corners) / 2.
    """
    sine = cos_sin(1, corners)[1]
    radius = isqrt(rounded(2 * area.numerator * PIXEL**2 * ONE, area.denominator * corners * sine))
    turns = [cos_sin(4 * k + corners + 2, 4 * corners) for k in range(corners)]
    return np.array([[rounded(radius * part, ONE) for part in turn] for turn in turns], dtype=np.int64)


def open_shapes(root: Path, grid: ShapeGrid) -> Store:
    """The folder of the grid, rendered first where it is missing."""
    spec, group = grid.spec(), grid.positions * grid.shapes
    checksum = CHECKSUMS.get(grid.folder, "")
    return open_or_render(
        root,
        grid.folder,
        spec,
        lambda folder: render_groups(folder, spec, group, grid.column, expected_sha256=checksum),
    )


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


@dataset("simple")
class Simple(StoredDataset):
    """A circle, a triangle (or a square) at every place, 3×64×64, anti-aliased on black: factors x, y, shape.

    All shapes have the same area. Rendered once into `root`. After the set of this name of "Lost in Latent
    Space" (Montero et al., NeurIPS 2022), whose images and generator were not released.
    """

    def __init__(
        self, root: str = "local_data", *, size: int = 64, positions: int = 32, shapes: int = 2
    ) -> None:
        super().__init__(open_shapes(Path(root), ShapeGrid("simple", size, positions, shapes)), "simple")

    @staticmethod
    def info(*, size: int, positions: int, shapes: int) -> DatasetInfo:
        """The shapes of this grid."""
        return ShapeGrid("simple", size, positions, shapes).info("Simple")

"""Sprites: the factor grid of dSprites (Matthey et al., 2017), rendered here by integer arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import pi
from pathlib import Path

import numpy as np

from ...errors import CallError
from ...registry import dataset
from ..dataset_folder import Store, StoreSpec
from ..dataset_info import DatasetInfo
from ..factors import FactorSpace
from .antialias import FULL, coverage
from .backgrounds import Decoration
from .polygons import PIXEL, SHAPES, posed
from .rendering import RENDERED, open_or_render, render_groups
from .variants import DecoratedSprites, variant_info

CHECKSUMS = {
    "sprites_64_3x6x40x32": "12b14d6a2101cf6dd1bc2567f8ca28e73e1a139fb93aba4da03446e63dcc59c8",
    "sprites_32_3x3x8x8": "224cc58162d9494b16ef64f648f092499cebbc457d401cb687c1353e040506f0",
}
"""sha256 of the images of whole grids, by folder: a rendering that differs is refused."""


@dataclass(frozen=True)
class SpriteGrid:
    """Which sprites there are: the size of the image, how many values each factor has, binary or grey."""

    size: int = 64
    shapes: int = 3
    scales: int = 6
    orientations: int = 40
    positions: int = 32
    grey: bool = False

    def __post_init__(self) -> None:
        counts = (self.scales, self.orientations, self.positions)
        if self.size % 8 or not 16 <= self.size <= 256:
            raise CallError(f"the size of sprites must be a multiple of 8 in 16…256, not {self.size}")
        if not 1 <= self.shapes <= len(SHAPES):
            raise CallError(
                f"there are {len(SHAPES)} shapes ({', '.join(SHAPES)}): shapes cannot be {self.shapes}"
            )
        if not all(1 <= count <= 256 for count in counts):
            raise CallError(f"scales, orientations and positions must be in 1…256, not {counts}")

    @property
    def folder(self) -> str:
        """The name of the folder, from all options."""
        counts = f"{self.shapes}x{self.scales}x{self.orientations}x{self.positions}"
        return f"sprites_{self.size}_{counts}" + "_grey" * self.grey

    @property
    def space(self) -> FactorSpace:
        """Scale 0.5…1, orientation 0…2π (its first and last picture are the same), positions 0…1."""
        positions = tuple(float(step) for step in _steps(self.positions))
        return FactorSpace(
            ("shape", "scale", "orientation", "x_position", "y_position"),
            (self.shapes, self.scales, self.orientations, self.positions, self.positions),
            (
                SHAPES[: self.shapes],
                tuple(float(scale) for scale in self.scale_values()),
                tuple(2 * pi * float(turn) for turn in _steps(self.orientations)),
                positions,
                positions,
            ),
        )

    def scale_values(self) -> list[Fraction]:
        """From 1/2 to 1; 1 alone if there is one."""
        return [Fraction(1)] if self.scales == 1 else [(1 + step) / 2 for step in _steps(self.scales)]

    def spec(self) -> StoreSpec:
        """The dataset folder of these images."""
        return StoreSpec(
            name="sprites",
            shape=(1, self.size, self.size),
            count=self.space.size,
            packed=not self.grey,
            factors=self.space,
            source="rendered by disentcli, geometry 1",
            licence="CC0",
            citation="Factor grid: Matthey, Higgins, Hassabis, Lerchner: dSprites, 2017",
        )

    def poses(self) -> Iterator[np.ndarray]:
        """Outlines (V, 2) of every shape, scale and orientation, in the order of the factor space."""
        for shape in SHAPES[: self.shapes]:
            for scale in self.scale_values():
                for turn in _steps(self.orientations):
                    sized = scale * self.size / 64
                    yield posed(shape, sized.as_integer_ratio(), turn.as_integer_ratio())

    def centers(self) -> list[int]:
        """The positions in 1/65536 pixel: 16.5 to 47.5 pixels of 64, so that sprites stay inside."""
        ratio = Fraction(self.size, 64)
        steps = [Fraction(1, 2)] if self.positions == 1 else _steps(self.positions)
        return [round((Fraction(33, 2) + 31 * step) * ratio * PIXEL) for step in steps]


def _steps(count: int) -> list[Fraction]:
    """`count` evenly spaced fractions from 0 to 1; 0 alone if there is one."""
    return [Fraction(k, max(count - 1, 1)) for k in range(count)]


def render_pose(outline: np.ndarray, grid: SpriteGrid) -> np.ndarray:
    """Images (positions of x, positions of y, size, size) uint8 of one outline at every position.

    Positions that share their fraction of a pixel share one picture, moved by whole pixels.
    """
    pixels, phases = np.divmod(np.array(grid.centers()), PIXEL)
    half = grid.size // 4 + 2
    distinct, phase = np.unique(phases, return_inverse=True)
    images = np.empty((grid.positions, grid.positions, grid.size, grid.size), dtype=np.uint8)
    for i, x in enumerate(distinct):
        outlines = outline + np.stack([np.full_like(distinct, x), distinct], axis=-1)[:, None] + half * PIXEL
        for j, tile in enumerate(shade(coverage(outlines, 2 * half), grey=grid.grey)):
            canvas = np.pad(tile, grid.size)
            windows = np.lib.stride_tricks.sliding_window_view(canvas, (grid.size, grid.size))
            columns, rows = np.flatnonzero(phase == i), np.flatnonzero(phase == j)
            left, top = (grid.size + half - pixels[place] for place in (columns, rows))
            images[np.ix_(columns, rows)] = windows[top[None, :], left[:, None]]
    return images


def shade(covered: np.ndarray, *, grey: bool) -> np.ndarray:
    """Coverage as uint8: 0…255, or 1 where more than half of the pixel is covered."""
    if grey:
        return ((covered * 255 + FULL // 2) // FULL).astype(np.uint8)
    return (2 * covered > FULL).astype(np.uint8)


def render(folder: Path, grid: SpriteGrid) -> None:
    """Render the grid into `folder`, a pose at a time."""
    poses, each = list(grid.poses()), grid.positions**2

    def images_of(pose: int) -> np.ndarray:
        images = render_pose(poses[pose], grid).reshape(each, grid.size, grid.size, 1)
        return images if grid.grey else np.packbits(images.reshape(each, -1), axis=-1)

    expected = CHECKSUMS.get(grid.folder, "")
    render_groups(folder, grid.spec(), each, images_of, expected_sha256=expected)


def open_sprites(root: Path, grid: SpriteGrid) -> Store:
    """The folder of the grid, rendered first where it is missing."""
    return open_or_render(root, grid.folder, grid.spec(), lambda folder: render(folder, grid))


@dataset("sprites")
class Sprites(DecoratedSprites):
    """Binary (or grey) sprites over shape, scale, orientation and position; rendered once into `root`.

    The grid of dSprites by default (737,280 images of 64×64, 377 MB); the counts make it coarser.
    For `decoration`, `decoration_seed` and `picture` see `DecoratedSprites`; `hidden` factors are drawn.
    """

    def __init__(
        self,
        root: str = "local_data",
        *,
        size: int = 64,
        shapes: int = 3,
        scales: int = 6,
        orientations: int = 40,
        positions: int = 32,
        grey: bool = False,
        decoration: Decoration | None = None,
        decoration_seed: int = 0,
        picture: Path | None = None,
        hidden: Sequence[str] = (),
    ) -> None:
        grid = SpriteGrid(size, shapes, scales, orientations, positions, grey)
        super().__init__(
            open_sprites(Path(root), grid),
            "sprites",
            Path(root),
            decoration=decoration,
            decoration_seed=decoration_seed,
            picture=picture,
            hidden=hidden,
        )

    @staticmethod
    def info(
        *,
        size: int,
        shapes: int,
        scales: int,
        orientations: int,
        positions: int,
        grey: bool,
        decoration: Decoration | None,
        hidden: Sequence[str],
        picture: Path | None,
    ) -> DatasetInfo:
        """The sprites of this grid, plain or decorated."""
        grid = SpriteGrid(size, shapes, scales, orientations, positions, grey)
        plain = DatasetInfo.of_spec(grid.spec(), title="Sprites", folder=grid.folder, obtain=RENDERED)
        return variant_info(plain, decoration, hidden, picture)

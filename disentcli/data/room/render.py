"""Rendering a grid of rooms into a dataset folder: every geometry is cast once and coloured in all ways."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from ..capacity import in_units
from ..store_writer import StoreWriter
from .bodies import body
from .colours import coloured
from .grid import RoomGrid
from .layers import layers
from .light import floor_light

log = logging.getLogger(__name__)

LARGE = 10**9  # bytes that are worth a word beforehand
CHECKSUMS: dict[str, str] = {}
"""sha256 of the images of whole grids, by folder: a rendering that differs is refused."""


def render(folder: Path, grid: RoomGrid) -> None:
    """Render the grid into `folder`, from where an interrupted call left it; a bar shows on a terminal.

    Room for two layers of images of one colour combination is needed in memory: 60 MB for the whole grid.
    """
    from tqdm import tqdm

    spec, each, hues = grid.spec(), grid.geometries, grid.space.values[:3]
    with StoreWriter(folder, spec, group=each, expected_sha256=CHECKSUMS.get(grid.folder, "")) as writer:
        if spec.image_bytes >= LARGE:
            log.warning("rendering %s images, %s, in %s", f"{spec.count:,}", in_units(spec.image_bytes), folder)
        parts, rest = cast(grid)
        ready, total = writer.done // each, spec.count // each
        blocks = coloured(parts, rest, hues, ready)
        for images in tqdm(blocks, "colouring rooms", total, initial=ready, unit="colours", disable=None):
            writer.write(images)


def cast(grid: RoomGrid) -> tuple[np.ndarray, np.ndarray]:
    """The layers of all geometries: parts (3, G, size, size) and rest (G, size, size, 3), uint8."""
    from tqdm import tqdm

    scales, shapes, orientations = grid.space.values[3:]
    parts = np.empty((3, grid.geometries, grid.size, grid.size), dtype=np.uint8)
    rest = np.empty((grid.geometries, grid.size, grid.size, 3), dtype=np.uint8)
    with tqdm(desc="casting rooms", total=grid.geometries, unit="views", disable=None) as bar:
        for scale in scales:
            for shape in shapes:
                lit = floor_light(body(shape, scale))
                for orientation in orientations:
                    parts[:, bar.n], rest[bar.n] = layers(body(shape, scale), lit, orientation, grid.size)
                    bar.update()
    return parts, rest

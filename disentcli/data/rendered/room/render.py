"""Rendering a grid of rooms into a dataset folder: every geometry is cast once and coloured in all ways."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np

from ...dataset_folder_writer import StoreWriter
from ...resources import format_bytes
from .color_layers import layers
from .grid import RoomGrid
from .light import floor_light
from .tint import coloured

log = logging.getLogger(__name__)

LARGE = 10**9  # bytes that are worth a word beforehand


def render(folder: Path, grid: RoomGrid) -> None:
    """Render the grid into `folder`, from where an interrupted call left it; a bar shows on a terminal."""
    from tqdm import tqdm

    spec, each = grid.spec(), len(grid.bodies) * grid.orientations
    with StoreWriter(folder, spec, group=each) as writer:
        if spec.image_bytes >= LARGE:
            log.info(
                "rendering %s images (%s) into %s", f"{spec.count:,}", format_bytes(spec.image_bytes), folder
            )
        parts, rest = cast(grid)
        ready, total = writer.done // each, spec.count // each
        blocks = coloured(parts, rest, grid.hues, ready)
        for images in tqdm(blocks, "colouring rooms", total, initial=ready, unit="colours", disable=None):
            writer.write(images)


def cast(grid: RoomGrid) -> tuple[np.ndarray, np.ndarray]:
    """The layers of all geometries: parts (3, G, size, size) and rest (G, size, size, 3), uint8."""
    from tqdm import tqdm

    shape = (len(grid.bodies), grid.orientations, grid.size, grid.size)
    parts, rest = np.empty((3, *shape), dtype=np.uint8), np.empty((*shape, 3), dtype=np.uint8)
    for place, body in enumerate(tqdm(grid.bodies, "casting rooms", unit="objects", disable=None)):
        lit = floor_light(body)
        for turn, angle in enumerate(grid.angles):
            parts[:, place, turn], rest[place, turn] = layers(body, lit, angle, grid.size)
    return parts.reshape(3, -1, *shape[2:]), rest.reshape(-1, *shape[2:], 3)

"""The dataset "room": rooms with one object on the factor grid of 3D-Shapes, rendered on first use.

Every geometry is ray-cast once, into integer layers: how much of the floor's, wall's and object's colour each
pixel takes. The layers are then tinted in all combinations of hues.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from colorsys import hsv_to_rgb
from itertools import product
from pathlib import Path

import numpy as np

from ....registry import dataset
from ...dataset import StoredDataset
from ...dataset_folder_writer import StoreWriter
from ...dataset_info import DatasetInfo
from ...resources import format_bytes
from ..rendering import RENDERED, open_or_render
from .grid import RoomGrid
from .scene import FLOOR, OBJECT, WALL, camera_position, rays, trace
from .shading import FloorLight, brightness, floor_light, specular
from .shapes import Shape

SAMPLES = 4  # along each side of a pixel
WHITE = 255
SATURATIONS = (0.72, 0.66, 0.88)  # of floor, wall and object
LEVELS = 256  # of a colour: a part of 255 in a colour of 256 is 255 once 8 bits are shifted out
log = logging.getLogger(__name__)
LARGE = 10**9  # bytes that are worth a word beforehand


@dataset("room")
class Room(StoredDataset):
    """A lit room and the object in its middle, 3×64×64; rendered once into `root`.

    The grid of 3D-Shapes by default (480,000 images, 5.9 GB); the counts make it coarser. The three hues, the
    scale and the shape of the object, and the angle of the camera change independently.
    """

    def __init__(
        self,
        root: str = "local_data",
        *,
        size: int = 64,
        floor_hues: int = 10,
        wall_hues: int = 10,
        object_hues: int = 10,
        scales: int = 8,
        shapes: int = 4,
        orientations: int = 15,
    ) -> None:
        grid = RoomGrid(size, floor_hues, wall_hues, object_hues, scales, shapes, orientations)
        store = open_or_render(Path(root), grid.folder, grid.spec(), lambda folder: render(folder, grid))
        super().__init__(store, "room")

    @staticmethod
    def info(
        *,
        size: int,
        floor_hues: int,
        wall_hues: int,
        object_hues: int,
        scales: int,
        shapes: int,
        orientations: int,
    ) -> DatasetInfo:
        """The rooms of this grid."""
        grid = RoomGrid(size, floor_hues, wall_hues, object_hues, scales, shapes, orientations)
        return DatasetInfo.of_spec(grid.spec(), title="Room", folder=grid.folder, obtain=RENDERED)


def color_layers(
    shape: Shape, floor_light: FloorLight, orientation: float, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The parts (3, size, size) of floor, wall and object, and the rest (size, size, 3), all uint8.

    In every pixel and channel they add up to at most 255. Samples become integers before they are added.
    """
    hit = trace(camera_position(orientation), rays(orientation, size * SAMPLES), shape)
    rest = np.rint(specular(hit) * WHITE).astype(np.int64)
    tint = np.floor(brightness(hit, floor_light) * (WHITE - rest[0])).astype(np.int64)
    parts = [_pixels(np.where(hit.material == of, tint, 0), size) for of in (FLOOR, WALL, OBJECT)]
    return np.stack(parts), np.stack([_pixels(channel, size) for channel in rest], axis=-1)


def _pixels(samples: np.ndarray, size: int) -> np.ndarray:
    """The mean of each pixel's samples, rounded down so that the parts of a pixel never exceed the whole."""
    grid = samples.reshape(size, SAMPLES, size, SAMPLES)
    return (grid.sum(axis=(1, 3)) // SAMPLES**2).astype(np.uint8)


def hue_color(hue: float, saturation: float) -> np.ndarray:
    """The fully bright colour (3,) of a hue, in 0…256."""
    return np.array([round(LEVELS * channel) for channel in hsv_to_rgb(hue, saturation, 1)], dtype=np.uint16)


def tint(
    parts: np.ndarray, rest: np.ndarray, hues: Sequence[Sequence[float]], start: int = 0
) -> Iterator[np.ndarray]:
    """Images (G, H, W, 3) uint8 of all geometries, in one combination of hues after the other.

    `parts` (3, G, H, W) and `rest` (G, H, W, 3) are layers; `hues` those of floor, wall and object, which
    changes fastest; the combinations before `start` are left out. Each array is overwritten by the next.
    """
    of_floor, of_wall, of_object = hues
    shown = np.flatnonzero(parts[2])
    objects = parts[2].reshape(-1)[shown]
    for place, (floor, wall) in enumerate(product(of_floor, of_wall)):
        skipped = max(start - place * len(of_object), 0)
        if skipped >= len(of_object):
            continue
        room = LEVELS * rest.astype(np.uint16) + LEVELS // 2
        room += _tint_part(parts[0], floor, SATURATIONS[0])
        room += _tint_part(parts[1], wall, SATURATIONS[1])
        images = (room // LEVELS).astype(np.uint8)
        pixels, behind = images.reshape(-1, 3), room.reshape(-1, 3)[shown]
        for hue in of_object[skipped:]:
            pixels[shown] = (behind + _tint_part(objects, hue, SATURATIONS[2])) // LEVELS
            yield images


def _tint_part(parts: np.ndarray, hue: float, saturation: float) -> np.ndarray:
    """Parts (...) uint8 in a colour: (..., 3) uint16."""
    return parts[..., None].astype(np.uint16) * hue_color(hue, saturation)


def render(folder: Path, grid: RoomGrid) -> None:
    """Render the grid into `folder`, from where an interrupted call left it; a bar shows on a terminal."""
    from tqdm import tqdm

    spec, each = grid.spec(), len(grid.objects) * grid.orientations
    with StoreWriter(folder, spec, group=each) as writer:
        if spec.image_bytes >= LARGE:
            log.info(
                "rendering %s images (%s) into %s", f"{spec.count:,}", format_bytes(spec.image_bytes), folder
            )
        parts, rest = cast_grid(grid)
        ready, total = writer.done // each, spec.count // each
        blocks = tint(parts, rest, grid.hues, ready)
        for images in tqdm(blocks, "colouring rooms", total, initial=ready, unit="colours", disable=None):
            writer.write(images)


def cast_grid(grid: RoomGrid) -> tuple[np.ndarray, np.ndarray]:
    """The layers of all geometries: parts (3, G, size, size) and rest (G, size, size, 3), uint8."""
    from tqdm import tqdm

    count = (len(grid.objects), grid.orientations, grid.size, grid.size)
    parts, rest = np.empty((3, *count), dtype=np.uint8), np.empty((*count, 3), dtype=np.uint8)
    for place, shape in enumerate(tqdm(grid.objects, "casting rooms", unit="objects", disable=None)):
        lit = floor_light(shape)
        for turn, angle in enumerate(grid.angles):
            parts[:, place, turn], rest[place, turn] = color_layers(shape, lit, angle, grid.size)
    return parts.reshape(3, -1, *count[2:]), rest.reshape(-1, *count[2:], 3)

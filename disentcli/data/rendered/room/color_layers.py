"""One geometry in integers: how much of the floor's, wall's and object's colour each pixel takes."""

from __future__ import annotations

import numpy as np

from .camera import eye, rays
from .light import FloorLight
from .scene import FLOOR, OBJECT, WALL, look
from .shading import brightness, gloss
from .shapes import Body

SAMPLES = 4  # along each side of a pixel
WHITE = 255


def layers(
    body: Body, floor_light: FloorLight, orientation: float, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The parts (3, size, size) of floor, wall and object, and the rest (size, size, 3), all uint8.

    In every pixel and channel they add up to at most 255. Samples become integers before they are added.
    """
    seen = look(eye(orientation), rays(orientation, size * SAMPLES), body)
    rest = np.rint(gloss(seen) * WHITE).astype(np.int64)
    coloured = np.floor(brightness(seen, floor_light) * (WHITE - rest[0])).astype(np.int64)
    parts = [_pixels(np.where(seen.material == of, coloured, 0), size) for of in (FLOOR, WALL, OBJECT)]
    return np.stack(parts), np.stack([_pixels(channel, size) for channel in rest], axis=-1)


def _pixels(samples: np.ndarray, size: int) -> np.ndarray:
    """The mean of each pixel's samples, rounded down so that the parts of a pixel never exceed the whole."""
    grid = samples.reshape(size, SAMPLES, size, SAMPLES)
    return (grid.sum(axis=(1, 3)) // SAMPLES**2).astype(np.uint8)

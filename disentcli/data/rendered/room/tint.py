"""Colouring in integers: the layers of all geometries in one combination of colours after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from colorsys import hsv_to_rgb
from itertools import product

import numpy as np

SATURATIONS = (0.72, 0.66, 0.88)  # of floor, wall and object
LEVELS = 256  # of a colour: a part of 255 in a colour of 256 is 255 once 8 bits are shifted out


def colour(hue: float, saturation: float) -> np.ndarray:
    """The fully bright colour (3,) of a hue, in 0…256."""
    return np.array([round(LEVELS * channel) for channel in hsv_to_rgb(hue, saturation, 1)], dtype=np.uint16)


def coloured(
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
        room += _tinted(parts[0], floor, SATURATIONS[0])
        room += _tinted(parts[1], wall, SATURATIONS[1])
        images = (room // LEVELS).astype(np.uint8)
        pixels, behind = images.reshape(-1, 3), room.reshape(-1, 3)[shown]
        for hue in of_object[skipped:]:
            pixels[shown] = (behind + _tinted(objects, hue, SATURATIONS[2])) // LEVELS
            yield images


def _tinted(parts: np.ndarray, hue: float, saturation: float) -> np.ndarray:
    """Parts (...) uint8 in a colour: (..., 3) uint16."""
    return parts[..., None].astype(np.uint16) * colour(hue, saturation)

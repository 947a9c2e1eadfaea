"""The camera: on a circle round the object, looking slightly down at it."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np

from .vectors import unit

DISTANCE = 3.9  # from the axis of the object
HEIGHT = 1.9
TARGET = 0.54  # the height on the object's axis that is looked at
FIELD = 0.37  # tangent of half the angle of view


def eye(orientation: float) -> np.ndarray:
    """Where the camera stands (3, 1), at so many degrees to the right of the middle."""
    turn = _turn(orientation)
    return np.array([[DISTANCE * turn[1]], [HEIGHT], [DISTANCE * turn[0]]])


def rays(orientation: float, side: int) -> np.ndarray:
    """Unit directions (3, side²) through a square grid of points, row by row from the top left."""
    cosine, sine = _turn(orientation)
    away = unit(np.array([[0.0], [TARGET - HEIGHT], [-DISTANCE]]))
    steps = (2 * np.arange(side) + 1 - side) / side * FIELD
    right, up = np.tile(steps, side), np.repeat(-steps, side)
    y = away[1] - up * away[2]
    z = away[2] + up * away[1]
    return unit(np.stack([right * cosine + z * sine, y, z * cosine - right * sine]))


def _turn(orientation: float) -> tuple[float, float]:
    """Cosine and sine, rounded so that they do not depend on the mathematical library."""
    return round(cos(radians(orientation)), 12), round(sin(radians(orientation)), 12)

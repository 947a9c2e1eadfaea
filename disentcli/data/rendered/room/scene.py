"""The camera on its circle round the object, and what its rays meet: object, floor, walls, sky."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from .shapes import Shape, along, unit

DISTANCE = 3.9  # from the axis of the object
HEIGHT = 1.9
TARGET = 0.54  # the height on the object's axis that is looked at
FIELD = 0.37  # tangent of half the angle of view

FLOOR, WALL, OBJECT, SKY = range(4)
HALF = 2.2  # the walls stand so far from the object: behind it, on its left and on its right
WALL_HEIGHT = 1.8


def camera_position(orientation: float) -> np.ndarray:
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


@dataclass(frozen=True)
class Hit:
    """What N rays meet first; the points and normals of the sky mean nothing."""

    material: np.ndarray  # (N,) FLOOR, WALL, OBJECT or SKY
    distances: np.ndarray  # (N,)
    directions: np.ndarray  # (3, N)
    points: np.ndarray  # (3, N)
    normals: np.ndarray  # (3, N)


def trace(origins: np.ndarray, directions: np.ndarray, shape: Shape) -> Hit:
    """Cast rays (3, N) that point to the back (negative z) into the room.

    The camera stands before the room, which is open to the front; of the walls only the inner side is seen.
    """
    enter, leave = shape.interval(origins, directions)
    to_object = np.where((enter < leave) & (enter > 0), enter, np.inf)
    to_floor = _reach(origins[1], directions[1], 0.0)
    to_back = _reach(origins[2], directions[2], -HALF)
    to_side = _reach(origins[0], directions[0], np.where(directions[0] < 0, -HALF, HALF))
    to_wall = np.minimum(to_back, to_side)
    nearest = np.minimum(np.minimum(to_floor, to_wall), to_object)
    points = along(origins, directions, nearest)
    material = np.where(to_floor < to_wall, FLOOR, np.where(points[1] < WALL_HEIGHT, WALL, SKY))
    material = np.where(to_object <= nearest, OBJECT, material)
    normals = np.zeros_like(points)
    normals[1, material == FLOOR] = 1
    normals[2, (material == WALL) & (to_back <= to_side)] = 1
    beside = (material == WALL) & (to_side < to_back)
    normals[0, beside] = -np.sign(directions[0, beside])
    normals[:, material == OBJECT] = shape.normals(points[:, material == OBJECT])
    return Hit(material, nearest, directions, points, normals)


def _reach(origin: np.ndarray, direction: np.ndarray, plane: float | np.ndarray) -> np.ndarray:
    """How far it is to a plane along one coordinate; ∞ if it is not ahead."""
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (plane - origin) / direction
    return np.where(distance > 0, distance, np.inf)

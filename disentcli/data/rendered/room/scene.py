"""What rays see: the object, the floor, the walls of a square-cornered room, or the sky above them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .shapes import Body
from .vectors import along

FLOOR, WALL, OBJECT, SKY = range(4)
HALF = 2.2  # the walls stand so far from the object: behind it, on its left and on its right
WALL_HEIGHT = 1.8


@dataclass(frozen=True)
class Seen:
    """What N rays meet first; the points and normals of the sky mean nothing."""

    material: np.ndarray  # (N,) FLOOR, WALL, OBJECT or SKY
    distances: np.ndarray  # (N,)
    directions: np.ndarray  # (3, N)
    points: np.ndarray  # (3, N)
    normals: np.ndarray  # (3, N)


def look(origins: np.ndarray, directions: np.ndarray, body: Body) -> Seen:
    """Cast rays (3, N) that point to the back (negative z) into the room.

    The camera stands before the room, which is open to the front; of the walls only the inner side is seen.
    """
    enter, leave = body.span(origins, directions)
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
    normals[:, material == OBJECT] = body.normals(points[:, material == OBJECT])
    return Seen(material, nearest, directions, points, normals)


def _reach(origin: np.ndarray, direction: np.ndarray, plane: float | np.ndarray) -> np.ndarray:
    """How far it is to a plane along one coordinate; ∞ if it is not ahead."""
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (plane - origin) / direction
    return np.where(distance > 0, distance, np.inf)

"""How bright things are: a lamp, light from the sky above, dim corners, a highlight, the sky itself."""

from __future__ import annotations

import numpy as np

from .light import LAMP, FloorLight
from .scene import FLOOR, HALF, OBJECT, SKY, WALL, WALL_HEIGHT, Seen
from .vectors import dot, smoothstep, unit

HORIZON = np.array([[0.86], [0.93], [0.98]])  # the sky, just above the walls and further up
ZENITH = np.array([[0.62], [0.79], [0.94]])


def brightness(seen: Seen, floor_light: FloorLight) -> np.ndarray:
    """What each surface gives back of its own colour, (N,) in 0…1; 0 for the sky."""
    bright = np.zeros(seen.material.shape)
    floor, wall, object_ = (seen.material == of for of in (FLOOR, WALL, OBJECT))
    bright[floor] = _floor(seen.points[:, floor], floor_light)
    bright[wall] = _wall(seen.points[:, wall], seen.normals[:, wall])
    bright[object_] = _object(seen.points[:, object_], seen.normals[:, object_])
    return np.minimum(bright, 1)


def gloss(seen: Seen) -> np.ndarray:
    """What is seen beside the colours, (3, N) in 0…1: the highlight on the object, and the sky."""
    shine = np.zeros((3, seen.material.size))
    on_object, above = seen.material == OBJECT, seen.material == SKY
    shine[:, on_object] = _highlight(
        *(of[:, on_object] for of in (seen.points, seen.normals, seen.directions))
    )
    upward = smoothstep(seen.directions[1, above], -0.1, 0.25)
    shine[:, above] = HORIZON + (ZENITH - HORIZON) * upward
    return shine


def _floor(points: np.ndarray, floor_light: FloorLight) -> np.ndarray:
    x, _, z = points
    lamp, sky = floor_light.at(x, z)
    corners = _dimmed(HALF + z) * _dimmed(HALF - x) * _dimmed(HALF + x)
    upward = np.zeros_like(points)
    upward[1] = 1
    return 0.44 * sky * corners + 0.56 * lamp * np.maximum(_facing(points, upward), 0)


def _wall(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    x, y, z = points
    corner = np.where(normals[2] > 0, HALF - np.abs(x), HALF + z)
    ambient = _dimmed(corner) * _dimmed(y) * (0.9 + 0.1 * smoothstep(y, 0, WALL_HEIGHT))
    return 0.62 * ambient + 0.4 * np.maximum(_facing(points, normals), 0)


def _object(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """The lamp reaches a little round the edge (half Lambert); near the floor there is less of the sky."""
    wrapped = np.maximum(0.32 + 0.68 * _facing(points, normals), 0)
    ambient = (0.76 + 0.24 * normals[1]) * (0.8 + 0.2 * smoothstep(points[1], 0, 0.45))
    return 0.45 * ambient + 0.62 * wrapped


def _highlight(points: np.ndarray, normals: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Blinn and Phong's, with the exponent 32."""
    shine = np.maximum(dot(normals, unit(unit(LAMP - points) - directions)), 0)
    for _ in range(5):
        shine = shine * shine
    return 0.4 * shine


def _facing(points: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """The cosine between a surface and the way to the lamp."""
    return dot(normals, unit(LAMP - points))


def _dimmed(distance: np.ndarray) -> np.ndarray:
    """What a wall or floor at a right angle, so far away, leaves of the sky's light: 0.81 in the corner."""
    return 0.72 + 0.28 * smoothstep(distance, -0.4, 0.9)

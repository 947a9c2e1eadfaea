"""How bright things are: a lamp, light from the sky that the object keeps off, dim corners, a highlight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .scene import FLOOR, HALF, OBJECT, SKY, WALL, WALL_HEIGHT, Hit
from .shapes import Shape, dot, smoothstep, unit

LAMP = np.array([[-1.7], [4.6], [2.9]])  # the middle of the lamp: up, to the left, towards the camera
LAMP_HALF = 0.55  # half the side of its square, which lies level
LAMP_SIDE = 8
SKY_SIDE = 14
CELLS = 80  # of the map along each side of the room

HORIZON = np.array([[0.86], [0.93], [0.98]])  # the sky, just above the walls and further up
ZENITH = np.array([[0.62], [0.79], [0.94]])


@dataclass(frozen=True)
class FloorLight:
    """Maps (CELLS, CELLS) over z and x of the floor, −HALF…HALF: the visible part of the lamp and of the sky.

    Both are 0 in the cells that the object stands on, which are 0 in `clear` and 1 elsewhere.
    """

    lamp: np.ndarray
    sky: np.ndarray
    clear: np.ndarray

    def at(self, x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both (N,) at points of the floor beside the object, linear between the clear cells about them.

        There is one: an object, being convex, does not stand on all four cells about a point beside it.
        """
        row, column = _place(z), _place(x)
        clear = np.maximum(_between(self.clear, row, column), 1e-9)
        return _between(self.lamp, row, column) / clear, _between(self.sky, row, column) / clear


def floor_light(shape: Shape) -> FloorLight:
    """Cast rays from the middle of every cell to the points of the lamp and in the directions of the sky."""
    middles = (np.arange(CELLS) + 0.5) / CELLS * 2 * HALF - HALF
    points = np.stack([np.tile(middles, CELLS), np.full(CELLS**2, 1e-4), np.repeat(middles, CELLS)])
    enter, leave = shape.interval(points, sky_directions()[0])
    clear = ((enter > leave) | (enter > 0) | (leave < 0)).astype(np.float64)
    lamp = clear * _unblocked(points, [lamp_point - points for lamp_point in lamp_points()], shape)
    sky = clear * _unblocked(points, sky_directions(), shape)
    return FloorLight(*(of_cells.reshape(CELLS, CELLS) for of_cells in (lamp, sky, clear)))


def lamp_points() -> list[np.ndarray]:
    """Points (3, 1) evenly over the lamp."""
    steps = (2 * np.arange(LAMP_SIDE) + 1 - LAMP_SIDE) / LAMP_SIDE * LAMP_HALF
    return [LAMP + np.array([[x], [0.0], [z]]) for x in steps for z in steps]


def sky_directions() -> list[np.ndarray]:
    """Directions (3, 1) whose feet are even over the unit disc, as the cosine law weighs them."""
    steps = (2 * np.arange(SKY_SIDE) + 1 - SKY_SIDE) / SKY_SIDE
    feet = [(x, z) for x in steps for z in steps if x * x + z * z < 1]
    return [np.array([[x], [np.sqrt(1 - x * x - z * z)], [z]]) for x, z in feet]


def _unblocked(points: np.ndarray, directions: list[np.ndarray], shape: Shape) -> np.ndarray:
    """The part (N,) of the directions, each (3, N) or (3, 1), in which the object is not in the way."""
    blocked = np.zeros(points.shape[1], dtype=np.int64)
    for towards in directions:
        enter, leave = shape.interval(points, towards)
        blocked += (enter < leave) & (leave > 0)
    return 1 - blocked / len(directions)


def _place(coordinate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cell below (N,), and how far (N,) towards the next."""
    place = np.clip((coordinate + HALF) / (2 * HALF) * CELLS - 0.5, 0, CELLS - 1)
    cell = np.minimum(place.astype(np.int64), CELLS - 2)
    return cell, place - cell


def _between(
    cells: np.ndarray, rows: tuple[np.ndarray, np.ndarray], columns: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    (row, down), (column, right) = rows, columns
    upper = cells[row, column] * (1 - right) + cells[row, column + 1] * right
    lower = cells[row + 1, column] * (1 - right) + cells[row + 1, column + 1] * right
    return upper * (1 - down) + lower * down


def brightness(hit: Hit, floor_light: FloorLight) -> np.ndarray:
    """How much of its own colour each surface reflects, (N,) in 0…1; 0 for the sky."""
    bright = np.zeros(hit.material.shape)
    floor, wall, object_ = (hit.material == of for of in (FLOOR, WALL, OBJECT))
    bright[floor] = _floor(hit.points[:, floor], floor_light)
    bright[wall] = _wall(hit.points[:, wall], hit.normals[:, wall])
    bright[object_] = _object(hit.points[:, object_], hit.normals[:, object_])
    return np.minimum(bright, 1)


def specular(hit: Hit) -> np.ndarray:
    """What needs no hue, (3, N) in 0…1: the highlight on the object, and the sky."""
    shine = np.zeros((3, hit.material.size))
    on_object, above = hit.material == OBJECT, hit.material == SKY
    shine[:, on_object] = _highlight(*(of[:, on_object] for of in (hit.points, hit.normals, hit.directions)))
    upward = smoothstep(hit.directions[1, above], -0.1, 0.25)
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

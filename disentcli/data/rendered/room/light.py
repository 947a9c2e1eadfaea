"""Light on the floor round the object: how much of the lamp and of the sky each point sees past it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .scene import HALF
from .shapes import Body

LAMP = np.array([[-1.7], [4.6], [2.9]])  # the middle of the lamp: up, to the left, towards the camera
LAMP_HALF = 0.55  # half the side of its square, which lies level
LAMP_SIDE = 8
SKY_SIDE = 14
CELLS = 80  # of the map along each side of the room


@dataclass(frozen=True)
class FloorLight:
    """Maps (CELLS, CELLS) over z and x of the floor, −HALF…HALF: the seen part of the lamp and of the sky.

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


def floor_light(body: Body) -> FloorLight:
    """Cast rays from the middle of every cell to the points of the lamp and in the directions of the sky."""
    middles = (np.arange(CELLS) + 0.5) / CELLS * 2 * HALF - HALF
    points = np.stack([np.tile(middles, CELLS), np.full(CELLS**2, 1e-4), np.repeat(middles, CELLS)])
    enter, leave = body.span(points, sky_directions()[0])
    clear = ((enter > leave) | (enter > 0) | (leave < 0)).astype(np.float64)
    lamp = clear * _unblocked(points, [lamp_point - points for lamp_point in lamp_points()], body)
    sky = clear * _unblocked(points, sky_directions(), body)
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


def _unblocked(points: np.ndarray, directions: list[np.ndarray], body: Body) -> np.ndarray:
    """The part (N,) of the directions, each (3, N) or (3, 1), in which the body is not in the way."""
    blocked = np.zeros(points.shape[1], dtype=np.int64)
    for towards in directions:
        enter, leave = body.span(points, towards)
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

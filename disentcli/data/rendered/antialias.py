"""How much of each pixel a polygon covers, in integers."""

from __future__ import annotations

import numpy as np

from .polygons import PIXEL

LINES = 16  # sample lines in a pixel's height
GAP = PIXEL // LINES
FULL = LINES * PIXEL  # the coverage of a pixel that lies wholly inside


def coverage(polygons: np.ndarray, side: int) -> np.ndarray:
    """Coverage (P, side, side) int64 in 0…FULL of simple polygons (P, V, 2), in units of 1/65536 pixel.

    Along each of 16 lines in a pixel's height the covered length is exact (to the unit). An edge that crosses
    a line at x adds, with the sign of its direction, the length left of x: in its own pixel a part, in all
    pixels to the left the whole; summed round the polygon, what lies outside cancels. The polygons must lie
    within the square, and may run either way.
    """
    (polygon, line, x), sign = _crossings(polygons)
    pixel, part = np.divmod(x, PIXEL)
    shape = (len(polygons), side, side + 1)
    cell = np.ravel_multi_index((polygon, line // LINES, pixel), shape)
    parts = _summed(cell, sign * part, shape)
    wholes = _summed(cell, sign, shape)
    from_right = np.cumsum(wholes[..., ::-1], axis=-1)[..., ::-1]
    return np.abs(parts[..., :-1] + PIXEL * from_right[..., 1:])


def _crossings(polygons: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], np.ndarray]:
    """Where edges cross sample lines: (polygon, line, x), and the sign of the edge's direction."""
    starts, ends = polygons, np.roll(polygons, -1, axis=1)
    upward = ends[..., 1] < starts[..., 1]
    low = np.where(upward[..., None], ends, starts).reshape(-1, 2)
    high = np.where(upward[..., None], starts, ends).reshape(-1, 2)
    # line j runs at (j + 1/2) GAP; an edge holds its lower end only
    first = (low[:, 1] + GAP // 2 - 1) // GAP
    count = (high[:, 1] + GAP // 2 - 1) // GAP - first
    edge = np.repeat(np.arange(len(low)), count)
    before = np.cumsum(count) - count
    line = np.arange(len(edge)) - np.repeat(before - first, count)
    run, rise = (high - low)[edge].T
    x = low[edge, 0] + (line * GAP + GAP // 2 - low[edge, 1]) * run // rise
    return (edge // polygons.shape[1], line, x), np.where(upward.ravel()[edge], -1, 1)


def _summed(cell: np.ndarray, weights: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The sum of the weights that fall into each cell; exact, as floats hold these integers."""
    return np.bincount(cell, weights, minlength=int(np.prod(shape))).astype(np.int64).reshape(shape)

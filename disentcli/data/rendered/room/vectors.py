"""Vectors in space, (3, N) arrays: x to the right, y up, z towards the camera at orientation 0.

Everything that is ray-cast uses only + − × ÷ √ and comparisons on whole arrays, which IEEE 754 fixes to
the last bit: no power, no exponential, no matrix product. Therefore all machines render the same images.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

Point = Sequence[float] | np.ndarray


def dot(a: Point, b: Point) -> np.ndarray:
    """The scalar product (N,) of (3, N) with (3, N) or (3,), in a fixed order of summation."""
    return np.asarray(a[0] * b[0] + a[1] * b[1] + a[2] * b[2])


def unit(vectors: np.ndarray) -> np.ndarray:
    """The directions (3, N) of vectors (3, N)."""
    return vectors / np.sqrt(dot(vectors, vectors))


def along(origins: np.ndarray, directions: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """The points (3, N) at these distances along the rays."""
    return origins + distances * directions


def smoothstep(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)

"""The outlines of the sprites as integer polygons: the same vertices on every machine.

Lengths are in units of 1/65536 pixel, sines and cosines in units of 2⁻³⁰, all in integers: a float sine may
differ in its last bit between machines, and an edge that runs through a pixel's threshold would follow it.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

PIXEL = 1 << 16  # one pixel
ONE = 1 << 30  # one, for sines and cosines
VERTICES = 512  # of a curve
SHAPES = ("square", "ellipse", "heart")

_BITS = 96
_TWO_PI = 497805226624462170461043889244  # round(2π · 2⁹⁶)


def rounded(numerator: int, denominator: int) -> int:
    """The nearest integer to a quotient; halves go up."""
    return (2 * numerator + denominator) // (2 * denominator)


@lru_cache(maxsize=4096)
def cos_sin(numerator: int, denominator: int) -> tuple[int, int]:
    """Cosine and sine, in units of 2⁻³⁰, of `numerator / denominator` turns, by their Taylor series."""
    angle = _TWO_PI * (numerator % denominator) // denominator
    term, power, sums = 1 << _BITS, 0, [0, 0, 0, 0]
    while term:
        sums[power % 4] += term
        power += 1
        term = (term * angle >> _BITS) // power
    down = 1 << (_BITS - 30)
    return rounded(sums[0] - sums[2], down), rounded(sums[1] - sums[3], down)


@lru_cache(maxsize=8)
def outline(shape: str) -> np.ndarray:
    """Vertices (V, 2) int64, x to the right and y down, of a shape at scale 1 in an image of 64 pixels.

    Square: side 22. Ellipse: semi-axes 7 and 14. Heart: x = 16 sin³t, y = −(13 cos t − 5 cos 2t − 2 cos 3t
    − cos 4t), times 0.85, moved to the middle of its height.
    """
    if shape == "square":
        return np.array([(-11, -11), (11, -11), (11, 11), (-11, 11)], dtype=np.int64) * PIXEL
    vertex = {"ellipse": _ellipse, "heart": _heart}[shape]
    return np.array([vertex(k) for k in range(VERTICES)], dtype=np.int64)


def _ellipse(k: int) -> tuple[int, int]:
    cos, sin = cos_sin(k, VERTICES)
    return rounded(7 * PIXEL * cos, ONE), rounded(14 * PIXEL * sin, ONE)


def _heart(k: int) -> tuple[int, int]:
    sin = cos_sin(k, VERTICES)[1]
    across = 16 * sin**3
    harmonics = zip((13, -5, -2, -1), (1, 2, 3, 4), strict=True)
    down = -sum(factor * cos_sin(n * k, VERTICES)[0] for factor, n in harmonics)
    middle = rounded(254 * ONE, 100)  # y runs from −11.92 to 17
    return (
        rounded(17 * PIXEL * across, 20 * ONE**3),
        rounded(17 * PIXEL * (down - middle), 20 * ONE),
    )


def posed(shape: str, scale: tuple[int, int], turn: tuple[int, int]) -> np.ndarray:
    """The outline scaled and turned by two fractions (numerator, denominator), the turn clockwise."""
    cos, sin = cos_sin(*turn)
    x, y = outline(shape).T
    turned = np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)
    return _divided(_divided(turned, ONE) * scale[0], scale[1])


def _divided(numerators: np.ndarray, denominator: int) -> np.ndarray:
    """`rounded` for arrays."""
    return (2 * numerators + denominator) // (2 * denominator)

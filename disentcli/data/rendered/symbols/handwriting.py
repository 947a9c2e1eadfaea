"""The hand that writes: seeded draws of style, shaky control points, elastic distortion, and the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ...counter_rng import uniform
from .curves import curves
from .skeletons import SYMBOLS

STYLE = {
    "slant": (-0.3, 0.45),  # to the right, as a part of the height
    "rotation": (-0.24, 0.24),  # clockwise, in radians
    "height": (0.56, 0.84),  # of a digit, as a part of the image
    "aspect": (0.75, 1.3),  # width over height, as a part of the skeleton's
    "stroke_width": (0.035, 0.095),  # as a part of the image
    "x_position": (0.4, 0.6),
    "y_position": (0.4, 0.6),
}
"""The continuous factors, in the order of the columns, and between what they vary; mostly in the middle."""

SHAKE = 0.045  # how far a control point may be off, in heights of the symbol
ELASTIC = 0.1  # how far a point of the lattice of the distortion may be off
MARGIN = 1.5  # pixels of paper around the ink, at least


@dataclass(frozen=True)
class Written:
    """B symbols as segments (B, S, 2) in pixels, the widths (B,) of their strokes, their style (B, 7)."""

    starts: np.ndarray
    ends: np.ndarray
    widths: np.ndarray
    style: np.ndarray


def written(symbol: str, indices: np.ndarray, *, size: int, seed: int) -> Written:
    """The symbol as written the `indices`-th times (B,): a pure function of seed, symbol and index."""
    shape = curves(symbol)
    count = shape.controls.shape[1]
    draws = _draws(seed, symbol, indices, 1 + 2 * len(STYLE) + 2 * count + 32)
    which, of_style, of_points, of_lattice = np.split(
        draws, np.cumsum([1, 2 * len(STYLE), 2 * count]), axis=1
    )
    style = _style(of_style)
    writings = (which[:, 0] * len(shape.controls)).astype(np.int64)
    shaken = shape.controls[writings] + SHAKE * (2 * of_points.reshape(-1, count, 2) - 1)
    points = distorted(shape.samples(writings, shaken), ELASTIC * (2 * of_lattice.reshape(-1, 4, 4, 2) - 1))
    placed = _placed(points, style, size)
    rows = np.arange(len(indices))[:, None]
    widths = style[:, list(STYLE).index("stroke_width")] * size
    return Written(placed[rows, shape.starts[writings]], placed[rows, shape.ends[writings]], widths, style)


def _draws(seed: int, symbol: str, indices: np.ndarray, count: int) -> np.ndarray:
    places = torch.from_numpy(np.asarray(indices, dtype=np.int64))
    return uniform(seed, places, 0, count, stream=SYMBOLS.index(symbol)).numpy().astype(np.float64)


def _style(draws: np.ndarray) -> np.ndarray:
    """(B, 7) of the factors: means of two draws, hence triangular between their bounds."""
    low, high = np.array(list(STYLE.values())).T
    return low + (high - low) * (draws[:, 0::2] + draws[:, 1::2]) / 2


def distorted(points: np.ndarray, lattice: np.ndarray) -> np.ndarray:
    """Points (B, P, 2) moved by cubic Bernstein weights of a lattice (B, 4, 4, 2) of displacements.

    The lattice, rows by columns, lies over −0.7…0.7. Source: Sederberg and Parry, "Free-Form Deformation of
    Solid Geometric Models", SIGGRAPH 1986.
    """
    across, down = (_bernstein(np.clip(points[..., k] / 1.4 + 0.5, 0, 1)) for k in (0, 1))
    moved = points.copy()
    for row in range(4):
        for column in range(4):
            moved += (down[row] * across[column])[..., None] * lattice[:, None, row, column]
    return moved


def _bernstein(t: np.ndarray) -> tuple[np.ndarray, ...]:
    rest = 1 - t
    return rest * rest * rest, 3 * t * rest * rest, 3 * t * t * rest, t * t * t


def _placed(points: np.ndarray, style: np.ndarray, size: int) -> np.ndarray:
    """Points (B, P, 2) in pixels, slanted, scaled, turned and moved as `style` (B, 7) says.

    A height or a position that would take ink over the margin gives way, and `style` is told.
    """
    slant, rotation, height, aspect, width = (style[:, k, None] for k in range(5))
    x = (points[..., 0] * aspect - slant * points[..., 1]) * height * size
    y = points[..., 1] * height * size
    cos, sin = _cos_sin(rotation)
    turned = np.stack([x * cos - y * sin, x * sin + y * cos], axis=-1)
    border = MARGIN + width * size / 2
    extent = turned.max(axis=1) - turned.min(axis=1)
    fit = np.minimum((size - 2 * border) / extent, 1).min(axis=1, keepdims=True)
    turned *= fit[..., None]
    style[:, 2:3] *= fit
    low, high = border - turned.min(axis=1), size - border - turned.max(axis=1)
    centers = np.maximum(np.minimum(style[:, 5:7] * size, high), low)
    style[:, 5:7] = centers / size
    return turned + centers[:, None]


def _cos_sin(angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Taylor polynomials, right to 10⁻⁸ up to a quarter radian, and the same on every machine."""
    square = angle * angle
    return (
        1 - square * (1 / 2 - square * (1 / 24 - square / 720)),
        angle * (1 - square * (1 / 6 - square / 120)),
    )

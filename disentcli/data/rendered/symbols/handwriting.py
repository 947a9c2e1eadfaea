"""Handwriting, rendered: seeded draws of style, shaky control points, elastic distortion, and the strokes."""

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

JITTER = 0.045  # how far a control point may be off, in heights of the symbol
ELASTIC = 0.1  # how far a point of the lattice of the distortion may be off
MARGIN = 1.5  # pixels of paper around the ink, at least


@dataclass(frozen=True)
class StrokeBatch:
    """B symbols as segments (B, S, 2) in pixels, the widths (B,) of their strokes, their style (B, 7)."""

    starts: np.ndarray
    ends: np.ndarray
    widths: np.ndarray
    style: np.ndarray


def write(symbol: str, indices: np.ndarray, *, size: int, seed: int) -> StrokeBatch:
    """The strokes of these images (B,) of a symbol: a pure function of seed, symbol and index."""
    shape = curves(symbol)
    count = shape.controls.shape[1]
    draws = _draws(seed, symbol, indices, 1 + 2 * len(STYLE) + 2 * count + 32)
    which, of_style, of_points, of_lattice = np.split(
        draws, np.cumsum([1, 2 * len(STYLE), 2 * count]), axis=1
    )
    style = _style(of_style)
    writings = (which[:, 0] * len(shape.controls)).astype(np.int64)
    jittered = shape.controls[writings] + JITTER * (2 * of_points.reshape(-1, count, 2) - 1)
    points = distorted(shape.samples(writings, jittered), ELASTIC * (2 * of_lattice.reshape(-1, 4, 4, 2) - 1))
    placed = _placed(points, style, size)
    rows = np.arange(len(indices))[:, None]
    widths = style[:, list(STYLE).index("stroke_width")] * size
    starts, ends = (placed[rows, joints[writings]] for joints in (shape.starts, shape.ends))
    return StrokeBatch(starts, ends, widths, style)


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

    A height or a position that would take ink over the margin is reduced, and `style` is changed to match.
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


def rasterize(starts: np.ndarray, ends: np.ndarray, widths: np.ndarray, size: int) -> np.ndarray:
    """Images (B, size, size) uint8, 255 for paper and 0 for ink, of segments (B, S, 2) in pixels.

    A pixel whose centre is d from the nearest segment is covered by width/2 + 1/2 − d, within 0…1.
    Only + − × ÷ √ in a fixed order: the same bytes on every machine.
    """
    squared = _nearest(starts.astype(np.float32), ends.astype(np.float32), size)
    reach = (widths.astype(np.float32) / 2 + np.float32(0.5))[:, None, None]
    covered = np.clip(reach - np.sqrt(squared), 0, 1)
    return np.rint(255 * (1 - covered)).astype(np.uint8)


def _nearest(starts: np.ndarray, ends: np.ndarray, size: int) -> np.ndarray:
    """Squared distances (B, size, size) of the pixels' centres to the nearest segment."""
    centers = np.arange(size, dtype=np.float32) + np.float32(0.5)
    nearest = np.full((len(starts), size, size), np.inf, dtype=np.float32)
    for (x, y), (along_x, along_y) in zip(
        starts.transpose(1, 2, 0), (ends - starts).transpose(1, 2, 0), strict=True
    ):
        length = np.maximum(along_x * along_x + along_y * along_y, np.float32(1e-12))
        right, down = centers - x[:, None], centers - y[:, None]  # (B, size): from the start to the centres
        place = (right * (along_x / length)[:, None])[:, None, :]
        place = np.clip(place + (down * (along_y / length)[:, None])[:, :, None], 0, 1)
        across_x = right[:, None, :] - place * along_x[:, None, None]
        across_y = down[:, :, None] - place * along_y[:, None, None]
        np.minimum(nearest, across_x * across_x + across_y * across_y, out=nearest)
    return nearest

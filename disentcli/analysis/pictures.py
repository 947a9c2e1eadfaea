"""Pictures of images (grids) and of vectors (strips): reconstructions, samples, traversals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .drawing import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TILE = 0.62  # inches
GAP = 2  # pixels between tiles


def tile_figure(rows: Sequence[np.ndarray], labels: Sequence[str], *, title: str, foot: str = "") -> Figure:
    """Rows of observations, each (n, C, H, W) in [0, 1] or (n, D), with a label beside each row."""
    if rows[0].ndim == 2:
        return _strip_figure(rows, labels, title=title, foot=foot)
    canvas, heights = _mosaic(rows)
    figure = new_figure(1.2 + TILE * len(rows[0]), 0.7 + TILE * len(rows))
    axes = figure.add_subplot()
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    _finish(axes, heights, labels, title, foot)
    return figure


def _mosaic(rows: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """One white-gapped picture (height, width, 1 or 3) of all tiles, and the middle of each row in pixels."""
    stacked = np.stack(rows).clip(0, 1)  # (R, n, C, H, W)
    padded = np.pad(stacked, ((0, 0), (0, 0), (0, 0), (0, GAP), (0, GAP)), constant_values=1.0)
    count, width, channels, tall, wide = padded.shape
    canvas = padded.transpose(0, 3, 1, 4, 2).reshape(count * tall, width * wide, channels)
    canvas = canvas[: -GAP or None, : -GAP or None]
    middles = np.arange(count) * tall + (tall - GAP - 1) / 2
    return (canvas if channels == 3 else canvas.mean(axis=2)), middles


def _strip_figure(rows: Sequence[np.ndarray], labels: Sequence[str], *, title: str, foot: str) -> Figure:
    """Vectors as horizontal strips of colour, a block of strips for each row."""
    blank = np.full((1, rows[0].shape[1]), np.nan)
    blocks = [np.concatenate([row, blank]) for row in rows]
    blocks[-1] = rows[-1]
    canvas = np.concatenate(blocks)
    limit = float(np.nanmax(np.abs(canvas))) or 1.0
    figure = new_figure(7.0, 1.2 + min(0.09 * len(canvas), 7.0))
    axes = figure.add_subplot()
    image = axes.imshow(
        canvas, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest"
    )
    figure.colorbar(image, ax=axes, label="value")
    starts = np.cumsum([0, *(len(block) for block in blocks[:-1])])
    middles = starts + np.array([len(row) - 1 for row in rows]) / 2
    _finish(axes, middles, labels, title, foot)
    return figure


def _finish(axes: Axes, middles: np.ndarray, labels: Sequence[str], title: str, foot: str) -> None:
    axes.set_yticks(middles if any(labels) else [], labels if any(labels) else [])
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(foot, fontsize=8)
    for side in axes.spines.values():
        side.set_visible(False)

"""Heat maps of labelled matrices: mutual information, importance, responses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .drawing import new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

CELL = 0.42  # inches
MOST_NUMBERED = 24  # columns; beyond that, numbers in the cells are too small to read


def latent_labels(count: int) -> list[str]:
    """z0, z1, …"""
    return [f"z{d}" for d in range(count)]


def heat_map(
    matrix: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str,
    row_title: str,
    column_title: str,
    scale: str,
    top: float | None = None,
) -> Figure:
    """A matrix (R, C) as colours from 0 to `top` (its maximum by default), with labels and a colour bar."""
    figure = new_figure(max(2.6 + _length(len(columns)), 4.2), max(1.6 + _length(len(rows)), 3.0))
    axes = figure.add_subplot()
    image = axes.imshow(matrix, cmap="viridis", vmin=0, vmax=_top(matrix, top), aspect="auto")
    _label_ticks(axes, rows, columns)
    axes.set(title=title, ylabel=row_title, xlabel=column_title)
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label=scale)
    if len(columns) <= MOST_NUMBERED:
        _number_cells(axes, image, matrix)
    return figure


def _length(cells: int) -> float:
    """Inches for a side of so many cells; many of them get smaller."""
    return CELL * min(cells, MOST_NUMBERED)


def _top(matrix: np.ndarray, top: float | None) -> float:
    highest = float(np.nanmax(matrix)) if top is None else top
    return highest if highest > 0 else 1.0


def _label_ticks(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    down, across = (-(-len(labels) // MOST_NUMBERED) for labels in (rows, columns))  # every second, third, …
    axes.set_yticks(range(0, len(rows), down), rows[::down])
    long = max(len(label) for label in columns) > 4
    axes.set_xticks(
        range(0, len(columns), across),
        columns[::across],
        rotation=40 if long else 0,
        ha="right" if long else "center",
    )
    if long:
        for label in axes.get_xticklabels():
            label.set_rotation_mode("anchor")


def _number_cells(axes: Axes, image: AxesImage, matrix: np.ndarray) -> None:
    """Two digits in each cell, dark on light and light on dark."""
    for (row, column), value in np.ndenumerate(matrix):
        red, green, blue, _ = image.cmap(image.norm(value))
        colour = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
        axes.text(column, row, short_number(value), ha="center", va="center", color=colour, fontsize=7)


def short_number(value: float) -> str:
    """At most four characters: .07, 0.5, 12."""
    text = f"{value:.2f}" if abs(value) < 9.995 else f"{value:.0f}"
    return text[1:] if text.startswith("0.") else text

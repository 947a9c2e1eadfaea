"""Labelled matrices as heat maps: mutual information, importance, responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .drawing import COLUMN, PAGE, SMALL, entitle, new_figure, paper_style
from .palette import DIVERGING, GREY, ORANGE, SEQUENTIAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

CELL = 0.42  # inches, at most
BESIDE, ABOVE = 1.7, 1.5  # inches for labels and the colour bar
MOST_NUMBERED = 18  # columns; beyond that, numbers in the cells do not fit
MOST_LABELLED = 36  # rows or columns


@dataclass(frozen=True)
class Labelled:
    """A matrix (R, C) and what is to be written beside it; rows and columns in `dim` are shown as inactive.

    `boxed` cells (row, column) get a frame; colours run from 0 to `top`, else to the largest entry.
    """

    matrix: np.ndarray
    title: str
    rows: Sequence[str]
    columns: Sequence[str]
    row_title: str
    column_title: str
    scale: str
    top: float | None = None
    foot: str = ""
    boxed: Sequence[tuple[int, int]] = ()
    dim: frozenset[str] = frozenset()

    @property
    def limit(self) -> float:
        """The top of the scale."""
        highest = np.nanmax(np.abs(self.matrix)) if self.top is None else self.top
        return float(highest) if np.isfinite(highest) and highest > 0 else 1.0


def latent_labels(count: int) -> list[str]:
    """z0, z1, …"""
    return [f"z{d}" for d in range(count)]


@paper_style()
def heat_map(one: Labelled) -> Figure:
    """The matrix as colours from 0 to its limit, or on both sides of 0, with a colour bar."""
    signed = bool((np.nan_to_num(one.matrix) < 0).any())
    figure, axes = matrix_axes(one, beside=BESIDE)
    low, cmap = (-one.limit, DIVERGING) if signed else (0.0, SEQUENTIAL)
    image = axes.imshow(one.matrix, cmap=cmap, vmin=low, vmax=one.limit, aspect="auto")
    label_axes(axes, one)
    figure.colorbar(image, ax=axes, label=one.scale)
    if len(one.columns) <= MOST_NUMBERED:
        _number_cells(axes, image, one.matrix)
    return figure


def matrix_axes(one: Labelled, beside: float) -> tuple[Figure, Axes]:
    """A titled figure with room for square cells and `beside` inches next to them."""
    cell = min(CELL, (PAGE - beside) / len(one.columns))
    width = min(max(beside + cell * len(one.columns), COLUMN), PAGE)
    figure = new_figure(width, ABOVE + min(cell * len(one.rows), 7.0))
    entitle(figure, one.title, one.foot)
    return figure, figure.add_subplot()


def label_axes(axes: Axes, one: Labelled) -> None:
    """Ticks, titles of the axes and the boxed cells."""
    from matplotlib.patches import Rectangle

    _label_ticks(axes, one)
    axes.set(ylabel=one.row_title, xlabel=one.column_title)
    axes.tick_params(length=0)
    for row, column in one.boxed:
        corner = (column - 0.5, row - 0.5)
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=ORANGE, linewidth=1.6, clip_on=False))


def _label_ticks(axes: Axes, one: Labelled) -> None:
    down, across = (-(-len(labels) // MOST_LABELLED) for labels in (one.rows, one.columns))
    axes.set_yticks(range(0, len(one.rows), down), [_marked(name, one.dim) for name in one.rows[::down]])
    long = max(len(label) for label in one.columns) > 4
    axes.set_xticks(
        range(0, len(one.columns), across),
        [_marked(name, one.dim) for name in one.columns[::across]],
        rotation=40 if long else 90 if len(one.columns) > MOST_NUMBERED else 0,
        ha="right" if long else "center",
    )
    for label in axes.get_xticklabels() if long else ():
        label.set_rotation_mode("anchor")
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        if label.get_text().startswith("("):
            label.set_color(GREY)


def _marked(name: str, dim: frozenset[str]) -> str:
    return f"({name})" if name in dim else name


def _number_cells(axes: Axes, image: AxesImage, matrix: np.ndarray) -> None:
    """Two digits in each cell, or counts as they are, dark on light and light on dark."""
    counts = bool((matrix == np.round(matrix)).all())
    for (row, column), value in np.ndenumerate(matrix):
        red, green, blue, _ = image.cmap(image.norm(value))
        colour = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
        text = f"{value:.0f}" if counts else short_number(value)
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=SMALL)


def short_number(value: float) -> str:
    """At most five characters: .07, -.50, 1.00, 12; a dash for what is no number."""
    if not np.isfinite(value):
        return "–"
    value = round(float(value), 2) + 0.0  # no −0
    text = f"{value:.2f}" if abs(value) < 9.995 else f"{value:.0f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text

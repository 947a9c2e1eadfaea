"""Labelled matrices (mutual information, importance, responses) as heat maps and as Hinton diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .drawing import (
    COLUMN,
    DIVERGING,
    GREY,
    ORANGE,
    PAGE,
    SEQUENTIAL,
    SMALL,
    new_figure,
    paper_style,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

CELL = 0.42  # inches, at most
BESIDE, ABOVE = 1.7, 1.5  # inches for labels and the colour bar
BESIDE_HINTON = 1.1  # inches for labels alone
MOST_NUMBERED = 18  # columns; beyond that, numbers in the cells do not fit
MOST_LABELLED = 36  # rows or columns


@dataclass(frozen=True)
class LabelledMatrix:
    """A matrix (R, C) and what is written beside it; rows and columns named in `inactive` are in brackets.

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
    inactive: frozenset[str] = frozenset()

    @property
    def limit(self) -> float:
        """The top of the scale."""
        highest = np.nanmax(np.abs(self.matrix)) if self.top is None else self.top
        return float(highest) if np.isfinite(highest) and highest > 0 else 1.0


def latent_labels(count: int) -> list[str]:
    """z0, z1, …"""
    return [f"z{d}" for d in range(count)]


@paper_style()
def heat_map(one: LabelledMatrix) -> Figure:
    """The matrix as colours from 0 to its limit, or on both sides of 0, with a colour bar."""
    signed = bool((np.nan_to_num(one.matrix) < 0).any())
    figure, axes = _matrix_axes(one, beside=BESIDE)
    low, cmap = (-one.limit, DIVERGING) if signed else (0.0, SEQUENTIAL)
    image = axes.imshow(one.matrix, cmap=cmap, vmin=low, vmax=one.limit, aspect="auto")
    _label_axes(axes, one)
    figure.colorbar(image, ax=axes, label=one.scale)
    if len(one.columns) <= MOST_NUMBERED:
        _number_cells(axes, image, one.matrix)
    return figure


@paper_style()
def hinton_diagram(one: LabelledMatrix) -> Figure:
    """White squares for positive entries, black ones for negative, on grey (as in Montero et al. 2022)."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    full = full_cell(one.matrix)
    figure, axes = _matrix_axes(one, beside=BESIDE_HINTON)
    sides = square_sides(one.matrix, full)
    squares = [
        Rectangle((column - side / 2, row - side / 2), side, side)
        for (row, column), side in np.ndenumerate(sides)
    ]
    colours = np.where(np.nan_to_num(one.matrix) < 0, "black", "white").ravel()
    axes.add_collection(PatchCollection(squares, facecolors=colours.tolist(), linewidths=0))
    axes.set(
        facecolor="0.5", xlim=(-0.5, len(one.columns) - 0.5), ylim=(len(one.rows) - 0.5, -0.5), aspect="equal"
    )
    _label_axes(axes, one)
    axes.set_title(f"a full cell: {full:g} ({one.scale})", fontsize="small")
    return figure


def full_cell(matrix: np.ndarray) -> float:
    """What fills a cell: the largest entry's size rounded up to a power of two.

    >>> full_cell(np.array([[0.3, -0.7]]))
    1.0
    """
    highest = float(np.nanmax(np.abs(matrix), initial=0.0))
    return float(2.0 ** np.ceil(np.log2(highest))) if highest > 0 else 1.0


def square_sides(matrix: np.ndarray, full: float) -> np.ndarray:
    """The side √(|v| / full) of each entry's square, in cells."""
    return np.sqrt(np.abs(np.nan_to_num(matrix)) / full)


def _matrix_axes(one: LabelledMatrix, beside: float) -> tuple[Figure, Axes]:
    """A titled figure with room for square cells and `beside` inches next to them."""
    cell = min(CELL, (PAGE - beside) / len(one.columns))
    width = min(max(beside + cell * len(one.columns), COLUMN), PAGE)
    figure = new_figure(width, ABOVE + min(cell * len(one.rows), 7.0))
    set_title(figure, one.title, one.foot)
    return figure, figure.add_subplot()


def _label_axes(axes: Axes, one: LabelledMatrix) -> None:
    """Ticks, titles of the axes and the boxed cells."""
    from matplotlib.patches import Rectangle

    _label_ticks(axes, one)
    axes.set(ylabel=one.row_title, xlabel=one.column_title)
    axes.tick_params(length=0)
    for row, column in one.boxed:
        corner = (column - 0.5, row - 0.5)
        axes.add_patch(Rectangle(corner, 1, 1, fill=False, edgecolor=ORANGE, linewidth=1.6, clip_on=False))


def _label_ticks(axes: Axes, one: LabelledMatrix) -> None:
    down, across = (-(-len(labels) // MOST_LABELLED) for labels in (one.rows, one.columns))
    axes.set_yticks(range(0, len(one.rows), down), [_marked(name, one.inactive) for name in one.rows[::down]])
    long = max(len(label) for label in one.columns) > 4
    axes.set_xticks(
        range(0, len(one.columns), across),
        [_marked(name, one.inactive) for name in one.columns[::across]],
        rotation=40 if long else 90 if len(one.columns) > MOST_NUMBERED else 0,
        ha="right" if long else "center",
    )
    for label in axes.get_xticklabels() if long else ():
        label.set_rotation_mode("anchor")
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        if label.get_text().startswith("("):
            label.set_color(GREY)


def _marked(name: str, inactive: frozenset[str]) -> str:
    return f"({name})" if name in inactive else name


def _number_cells(axes: Axes, image: AxesImage, matrix: np.ndarray) -> None:
    """Two digits in each cell, or counts as they are, dark on light and light on dark."""
    counts = bool((matrix == np.round(matrix)).all())
    for (row, column), value in np.ndenumerate(matrix):
        red, green, blue, _ = image.cmap(image.norm(value))
        colour = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
        text = f"{value:.0f}" if counts else short_number(value)
        label = axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=SMALL)
        label.set_in_layout(False)  # it is within its cell


def short_number(value: float) -> str:
    """At most five characters: .07, -.50, 1.00, 12; a dash for what is no number."""
    if not np.isfinite(value):
        return "–"
    value = round(float(value), 2) + 0.0  # no −0
    text = f"{value:.2f}" if abs(value) < 9.995 else f"{value:.0f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text

"""Hinton diagrams: a square for each entry of a matrix, its area the entry's size, its colour the sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .drawing import paper_style
from .matrices import Labelled, label_axes, matrix_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BESIDE = 1.1  # inches for the labels


@paper_style()
def hinton_diagram(one: Labelled) -> Figure:
    """White squares for positive entries, black ones for negative, on grey (as in Montero et al. 2022)."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    full = full_cell(one.matrix)
    figure, axes = matrix_axes(one, beside=BESIDE)
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
    label_axes(axes, one)
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

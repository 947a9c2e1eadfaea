"""The figure of training curves: each term of the objective, in training and in validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Unsupported
from ...registry import figure
from ...runs.records import by_quantity, read_scalars
from ..drawing import BLUE, ORANGE, paper_style, set_title, subplot_grid
from ..figure_context import FigureContext
from ..render_figures import StaticFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS, HEIGHT = 3, 1.7
PARTS = {"train": ("training", BLUE, ""), "val": ("validation", ORANGE, "o")}
LOG_RATIO = 30.0  # positive values whose largest is more times the least are drawn on a logarithmic axis

Curve = tuple[np.ndarray, np.ndarray]  # steps, values


@figure("curves")
def draw_curves(context: FigureContext) -> list[StaticFigure]:
    """Losses, their terms and what else was recorded, over the steps of the training."""
    found = curves(read_scalars(context.run.records))
    if not found:
        raise Unsupported("nothing was recorded while the run trained")
    return [StaticFigure("curves", curve_figure(found))]


def curves(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Curve]]:
    """By quantity, its curve in each part of the data; what is of neither part counts as training's."""
    found: dict[str, dict[str, Curve]] = {}
    for name, sources in by_quantity(records).items():
        for source, points in sources.items():
            finite = [point for point in points if point[1] is not None]
            if finite:
                steps, values = np.array(finite, dtype=float).T
                found.setdefault(name, {})[source or "train"] = (steps, values)
    return found


@paper_style()
def curve_figure(found: Mapping[str, Mapping[str, Curve]]) -> Figure:
    """A panel for each quantity; logarithmic where all values are positive and far apart."""
    figure, axes = subplot_grid(len(found), min(ACROSS, len(found)), HEIGHT)
    for ax, (name, parts) in zip(axes, found.items(), strict=True):
        for part, (steps, values) in parts.items():
            label, colour, marker = PARTS[part]
            ax.plot(steps, values, color=colour, marker=marker, markersize=3, label=label)
        everything = np.concatenate([values for _, values in parts.values()])
        if everything.min() > 0 and everything.max() > LOG_RATIO * everything.min():
            ax.set_yscale("log")
        ax.set_title(name)
        ax.locator_params(axis="x", nbins=4)
    handles = {
        label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=2, frameon=False)
    set_title(figure, "Training curves", "step")
    return figure

"""Training curves: each term of the objective, in training and in validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Unsupported
from ...registry import figure
from ...runs.records import read_scalars
from ..drawing import PAGE, TALLEST, entitle, new_figure, paper_style
from ..figure_context import FigureContext
from ..palette import BLUE, ORANGE
from ..render_figures import Still

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS, HEIGHT = 3, 1.7
PARTS = {"train": ("training", BLUE, ""), "val": ("validation", ORANGE, "o")}

Curve = tuple[np.ndarray, np.ndarray]  # steps, values


@figure("curves")
def draw_curves(subject: FigureContext) -> list[Still]:
    """Losses, their terms and what else was recorded, over the steps of the training."""
    found = curves(read_scalars(subject.run.records))
    if not found:
        raise Unsupported("nothing was recorded while the run trained")
    return [Still("curves", curve_figure(found))]


def curves(lines: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Curve]]:
    """By term, its curve in each part: "train/kl" and "val/kl" are two parts of `kl`."""
    tags = list(dict.fromkeys(tag for line in lines for tag in line if tag != "step"))
    found: dict[str, dict[str, Curve]] = {}
    for tag in tags:
        part, _, term = tag.partition("/")
        if part not in PARTS:
            part, term = "train", tag
        points = [(line["step"], line[tag]) for line in lines if line.get(tag) is not None]
        if points:
            steps, values = np.array(points, dtype=float).T
            found.setdefault(term, {})[part] = (steps, values)
    return found


@paper_style()
def curve_figure(found: Mapping[str, Mapping[str, Curve]]) -> Figure:
    """A panel for each term; logarithmic where all values are positive and far apart."""
    across = min(ACROSS, len(found))
    down = -(-len(found) // across)
    figure = new_figure(PAGE, min(0.8 + HEIGHT * down, TALLEST))
    axes = figure.subplots(down, across, squeeze=False).ravel()
    for ax, (term, parts) in zip(axes, found.items(), strict=False):
        for part, (steps, values) in parts.items():
            label, colour, marker = PARTS[part]
            ax.plot(steps, values, color=colour, marker=marker, markersize=3, label=label)
        everything = np.concatenate([values for _, values in parts.values()])
        if everything.min() > 0 and everything.max() > 30 * everything.min():
            ax.set_yscale("log")
        ax.set_title(term)
        ax.locator_params(axis="x", nbins=4)
    for ax in axes[len(found) :]:
        ax.set_axis_off()
    handles = {
        label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=2, frameon=False)
    entitle(figure, "Training curves", "step")
    return figure

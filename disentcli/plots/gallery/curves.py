"""The figure of training curves: each term of the objective, in training and in validation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import Unsupported
from ...registry import figure
from ...runs.records import by_quantity, read_scalars
from ..drawing import BLUE, GREY, ORANGE, paper_style, set_title, subplot_grid, use_log_scale
from ..figure_context import FigureContext
from ..render_figures import StaticFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ACROSS, HEIGHT = 3, 1.7
PARTS = {"train": ("training", BLUE, ""), "val": ("validation", ORANGE, "o")}
LABEL_SIZE = 5.5  # points, of the name of a stage
MARKED = 15  # points of a line up to which each is marked
LOG_RATIO = 30.0  # positive values whose largest is more times the least are drawn on a logarithmic axis

Curve = tuple[np.ndarray, np.ndarray]  # steps, values


@figure("curves")
def draw_curves(context: FigureContext) -> list[StaticFigure]:
    """Losses, their terms and what else was recorded, over the steps of the training and its stages."""
    found = curves(read_scalars(context.run.records))
    if not found:
        raise Unsupported("nothing was recorded while the run trained")
    if not any(map(is_curve, found.values())):
        raise Unsupported("what was recorded does not change, or is of a single step")
    last = max(int(steps[-1]) for parts in found.values() for steps, _ in parts.values())
    switches = stage_switches(context.inference.model.stage, last)
    return [StaticFigure("curves", curve_figure(found, switches))]


def stage_switches(stage: Callable[[int], str], last: int) -> dict[int, str]:
    """The steps up to the last one at which a stage of a training begins that is not the first, by name.

    >>> stage_switches(lambda step: "warm-up" if step < 70 else "relational", 100)
    {70: 'relational'}
    """
    found: dict[int, str] = {}
    step, end = 0, max(last - 1, 0)  # steps count from 0, records from 1
    while stage(step) != stage(end):
        now = stage(step)
        step = bisect_left(range(end + 1), True, lo=step, key=lambda one: stage(one) != now)
        found[step] = stage(step)
    return found


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


def is_curve(parts: Mapping[str, Curve]) -> bool:
    """Whether a quantity was recorded at two steps, with two different values."""
    steps, values = (np.concatenate(both) for both in zip(*parts.values(), strict=True))
    return len(np.unique(steps)) > 1 and len(np.unique(values)) > 1


@paper_style()
def curve_figure(
    found: Mapping[str, Mapping[str, Curve]], switches: Mapping[int, str] | None = None
) -> Figure:
    """A panel for each quantity that changes; the others are in the note below.

    Its title says where the scale is logarithmic: all values are positive and far apart.
    switches: the name of the stage of training that begins at each of these steps.
    """
    drawn = {name: parts for name, parts in found.items() if is_curve(parts)}
    figure, axes = subplot_grid(len(drawn), min(ACROSS, len(drawn)), HEIGHT)
    for ax, (name, parts) in zip(axes, drawn.items(), strict=True):
        for part, (steps, values) in parts.items():
            label, colour, marker = PARTS[part]
            marker = marker or ("o" if len(steps) <= MARKED else "")
            ax.plot(steps, values, color=colour, marker=marker, markersize=2.5, label=label)
        everything = np.concatenate([values for _, values in parts.values()])
        logarithmic = everything.min() > 0 and everything.max() > LOG_RATIO * everything.min()
        if logarithmic:
            use_log_scale(ax, "y")
        else:
            ax.ticklabel_format(axis="y", scilimits=(-4, 5))
        _mark_stages(ax, switches or {})
        ax.set_title(f"{name}, log scale" if logarithmic else name)
        ax.locator_params(axis="x", nbins=4)
    handles = {
        label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=2, frameon=False)
    stages = "".join(f"; dotted: {stage} from step {step:,}" for step, stage in (switches or {}).items())
    set_title(figure, "Training curves", f"step{stages}{_still(found)}")
    return figure


def _mark_stages(ax: Axes, switches: Mapping[int, str]) -> None:
    """A dotted line where a stage begins, with its name along it."""
    for step, stage in switches.items():
        ax.axvline(step, color=GREY, linestyle=":", linewidth=0.8)
        ax.text(
            step,
            0.96,
            f"{stage} ",
            transform=ax.get_xaxis_transform(),
            rotation=90,
            ha="right",
            va="top",
            fontsize=LABEL_SIZE,
            color=GREY,
        )


def _still(found: Mapping[str, Mapping[str, Curve]]) -> str:
    """What has no panel, with its last values in training and in validation."""
    still = {name: parts for name, parts in found.items() if not is_curve(parts)}
    texts = [
        f"{name} {' / '.join(dict.fromkeys(f'{values[-1]:.4g}' for _, values in parts.values()))}"
        for name, parts in still.items()
    ]
    return f"; without a curve: {', '.join(texts)}" if texts else ""

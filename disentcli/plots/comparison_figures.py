"""Figures of a comparison: each score as boxes and points over groups, and how scores correlate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..tables.grouping import Group
from ..tables.score_direction import arrow
from .drawing import (
    BLACK,
    COLUMN,
    PAGE,
    SMALL,
    TALLEST,
    class_colours,
    new_figure,
    paper_style,
    save,
    set_title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = 0.2  # inches of a group
MAX_LABEL = 90  # letters


@paper_style()
def draw_score(groups: Sequence[Group], keys: Sequence[str], score: str, folder: Path) -> Path | None:
    """A row a group: a box (median, quartiles, range) and its points; None where no run has the score."""
    shown = [group for group in groups if group.values(score)]
    if not shown:
        return None
    names, labels = row_labels([group.labels for group in shown], keys)
    wide = PAGE if max(map(len, labels)) > 24 else COLUMN
    figure = new_figure(wide, min(0.8 + ROW * len(shown), TALLEST))
    axes = figure.add_subplot()
    first = list(dict.fromkeys(group.labels[0] for group in shown))
    colours = class_colours(len(first))
    for row, group in enumerate(shown):
        _strip(axes, row, np.array(group.values(score)), colours[first.index(group.labels[0])])
    axes.set_ylim(len(shown) - 0.4, -0.6)  # the first group on top
    axes.set_yticks(range(len(shown)), labels)
    axes.set_xlabel(score.rpartition(" ")[2] + arrow(score))
    axes.grid(axis="x", linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    set_title(figure, ", ".join(names))
    return save(figure, folder / f"{file_name(score)}.png")


def row_labels(labels: Sequence[Sequence[str]], keys: Sequence[str]) -> tuple[list[str], list[str]]:
    """The keys in which groups differ, and the values of these of each group, on one line.

    >>> row_labels([("room", "vae", "4"), ("room", "ae", "0")], ("dataset", "method", "reg-wt"))
    (['method', 'reg-wt'], ['vae, 4', 'ae, 0'])
    """
    columns = list(zip(*labels, strict=True))
    telling = [at for at, column in enumerate(columns) if len(set(column)) > 1] or [0]
    lines = [", ".join(one[at] for at in telling) for one in labels]
    return [keys[at] for at in telling], [
        line if len(line) <= MAX_LABEL else f"{line[: MAX_LABEL - 1]}…" for line in lines
    ]


def _strip(axes: Axes, row: int, values: np.ndarray, colour: str) -> None:
    """A box for four and more values, else the median; every value as a point, in the order of the runs."""
    if len(values) > 3:
        axes.boxplot(
            values,
            positions=[row],
            orientation="horizontal",
            widths=0.6,
            whis=(0, 100),
            patch_artist=True,
            boxprops={"facecolor": colour, "alpha": 0.25, "edgecolor": colour},
            medianprops={"color": colour, "linewidth": 1.5},
            whiskerprops={"color": colour},
            capprops={"color": colour},
            manage_ticks=False,
        )
    else:
        axes.plot([np.median(values)] * 2, [row - 0.3, row + 0.3], color=colour, linewidth=1.5)
    beside = np.linspace(-0.16, 0.16, len(values)) if len(values) > 1 else np.zeros(1)
    axes.scatter(values, row + beside, s=12, color=colour, edgecolors=BLACK, linewidths=0.4, zorder=3)


@paper_style()
def draw_correlations(correlations: np.ndarray, names: Sequence[str], folder: Path) -> Path:
    """Rank correlations (S, S) from −1 (orange) to 1 (blue) with their numbers; grey where there is none."""
    side = 0.36 * len(names)
    figure = new_figure(max(side + 2.3, COLUMN), max(side + 1.4, 2.4))
    axes = figure.add_subplot()
    axes.set_facecolor("0.85")
    image = axes.imshow(correlations, cmap="PuOr", vmin=-1, vmax=1)
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(correlations):
        text, colour = (
            ("–", "black") if np.isnan(value) else (f"{value:.2f}", "white" if abs(value) > 0.6 else "black")
        )
        axes.text(column, row, text, ha="center", va="center", fontsize=SMALL, color=colour)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("Spearman's ρ over runs")
    return save(figure, folder / "correlations.png")


def file_name(score: str) -> str:
    """A score's name as that of a file."""
    return re.sub(r"[^\w.+=-]+", "_", score)

"""Pictures of a comparison: each score as boxes and points over groups, and how scores correlate."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from .direction import arrow
from .drawing import new_figure, save
from .grouping import Group

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Okabe and Ito's colours, which colour-blind people tell apart
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#000000")
COLUMN, PAGE = 3.3, 6.9  # inches: one column of a paper, and two
LINE = 22  # letters of a label


def draw_score(groups: Sequence[Group], keys: Sequence[str], score: str, folder: Path) -> Path | None:
    """A box (median, quartiles, range) and the points of each group; None where no run has the score."""
    shown = [group for group in groups if group.values(score)]
    if not shown:
        return None
    labels = [label_of(group.labels) for group in shown]
    figure = new_figure(min(max(COLUMN, 0.9 + 0.42 * len(shown)), PAGE), 2.6)
    axes = figure.add_subplot()
    first = list(dict.fromkeys(group.labels[0] for group in shown))
    for at, group in enumerate(shown):
        colour = COLOURS[first.index(group.labels[0]) % len(COLOURS)]
        _strip(axes, at, np.array(group.values(score)), colour)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    slanted = (
        sum(max(len(line) for line in label.split("\n")) + 2 for label in labels) > 12 * figure.get_figwidth()
    )
    axes.set_xticks(range(len(shown)), labels, fontsize=7)
    if slanted:
        for tick in axes.get_xticklabels():
            tick.set(rotation=40, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="y", labelsize=7)
    axes.set_ylabel(score.rpartition(" ")[2] + arrow(score), fontsize=8)
    axes.set_xlabel(", ".join(keys), fontsize=8)
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return save(figure, folder / f"{file_name(score)}.png")


def _strip(axes: Axes, at: int, values: np.ndarray, colour: str) -> None:
    """A box for four and more values; every value as a point, side by side in the order of the runs."""
    if len(values) > 3:
        axes.boxplot(
            values,
            positions=[at],
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
        axes.plot([at - 0.25, at + 0.25], [np.median(values)] * 2, color=colour, linewidth=1.5)
    beside = np.linspace(-0.16, 0.16, len(values)) if len(values) > 1 else np.zeros(1)
    axes.scatter(at + beside, values, s=12, color=colour, edgecolors="black", linewidths=0.4, zorder=3)


def draw_correlations(correlations: np.ndarray, names: Sequence[str], folder: Path) -> Path:
    """Rank correlations (S, S) from −1 (orange) to 1 (blue) with their numbers; grey where there is none."""
    side = 0.36 * len(names)
    figure = new_figure(max(side + 2.3, COLUMN), max(side + 1.4, 2.4))
    axes = figure.add_subplot()
    axes.set_facecolor("0.85")
    image = axes.imshow(correlations, cmap="PuOr", vmin=-1, vmax=1)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.set_xticks(range(len(names)), names, fontsize=7, rotation=40, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(correlations):
        text, colour = (
            ("–", "black") if np.isnan(value) else (f"{value:.2f}", "white" if abs(value) > 0.6 else "black")
        )
        axes.text(column, row, text, ha="center", va="center", fontsize=6, color=colour)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("Spearman's ρ over runs", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    return save(figure, folder / "correlations.png")


def label_of(labels: Sequence[str]) -> str:
    """The labels of a group, one below the other, each of at most 22 letters."""
    return "\n".join(label if len(label) <= LINE else f"{label[: LINE - 1]}…" for label in labels)


def file_name(score: str) -> str:
    """A score's name as that of a file."""
    return re.sub(r"[^\w.+=-]+", "_", score)

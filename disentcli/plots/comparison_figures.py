"""Figures of a comparison: scores over groups, as boxes or as curves over a number; how scores correlate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..tables.display_names import key_words, score_words, sentence_case, value_words
from ..tables.grouping import Group
from ..tables.intervals import Interval, estimate, interval_text
from ..tables.score_direction import arrow
from .drawing import (
    BLACK,
    COLUMN,
    SMALL,
    class_colours,
    new_figure,
    paper_style,
    save,
    save_formats,
    set_title,
    subplot_grid,
    use_log_scale,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW = 0.2  # inches of a group
PANELS, PANEL_HEIGHT = 3, 1.9  # side by side, inches
SHORT_LABEL = 24  # letters of a row, up to which three panels stand side by side
MOST_TICKS = 6  # numbers that are all written below a panel
LOG_RATIO = 8.0  # numbers whose largest is more times the least are drawn on a logarithmic axis
SHORT_KEYS = {"reg_wt": "weight", "latent_dim": "latents"}
MAX_LABEL = 90  # letters


@dataclass(frozen=True)
class Series:
    """Groups that differ in one number alone: its values (n,) ascending, and the group at each."""

    name: str
    numbers: list[float]
    groups: list[Group]


@paper_style()
def draw_scores(
    groups: Sequence[Group],
    keys: Sequence[str],
    scores: Sequence[str],
    folder: Path,
    interval: Interval = "t",
    level: float = 0.95,
) -> list[Path]:
    """One figure with a panel a score, as PNG and PDF; nothing where no run has any of the scores.

    Where groups differ in a number, such as `reg-wt`, curves of the means with their intervals over it;
    else a row a group: a box (median, quartiles, range) and its points. A score that is the same in all runs
    has no panel.
    """
    known = {score: {value for group in groups for value in group.values(score)} for score in scores}
    known = {score: values for score, values in known.items() if values}
    if not known:
        return []
    shown = [score for score, values in known.items() if len(values) > 1] or list(known)
    same = "".join(f"; {score_words(score)}: the same in all" for score in known if score not in shown)
    at = numeric_key([group.labels for group in groups], keys)
    if at is None:
        figure = _strips(groups, keys, shown, same)
    else:
        figure = _curves(series_over(groups, keys, at), keys[at], shown, same, interval, level)
    return save_formats(figure, folder, "scores", ("png", "pdf"))


def numeric_key(labels: Sequence[Sequence[str]], keys: Sequence[str]) -> int | None:
    """The last key that has two numbers or more in groups which agree in all other keys; None without one.

    >>> numeric_key([("vae", "1"), ("vae", "4"), ("ae", "–")], ("method", "reg-wt"))
    1
    """
    for at in reversed(range(len(keys))):
        numbers: dict[tuple[str, ...], set[float]] = {}
        for label in labels:
            if (number := _number(label[at])) is not None:
                numbers.setdefault((*label[:at], *label[at + 1 :]), set()).add(number)
        if keys[at] != "seed" and any(len(found) > 1 for found in numbers.values()):
            return at
    return None


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def series_over(groups: Sequence[Group], keys: Sequence[str], at: int) -> list[Series]:
    """The groups by what they have in common besides the key at this place, in the order of its numbers.

    A group without a number there is a series of its own, without numbers.
    """
    found: dict[tuple[str, ...], list[tuple[float | None, Group]]] = {}
    for group in groups:
        others = (*group.labels[:at], *group.labels[at + 1 :])
        found.setdefault(others, []).append((_number(group.labels[at]), group))
    other_keys = (*keys[:at], *keys[at + 1 :])
    _, names = row_labels(list(found), other_keys) if other_keys else ([], [""] * len(found))
    series = []
    for name, members in zip(names, found.values(), strict=True):
        numbered = sorted(((n, group) for n, group in members if n is not None), key=lambda one: one[0])
        if numbered:
            series.append(Series(name, [n for n, _ in numbered], [group for _, group in numbered]))
        series += [Series(name, [], [group]) for n, group in members if n is None]
    return series


def _curves(
    series: Sequence[Series], key: str, scores: Sequence[str], same: str, interval: Interval, level: float
) -> Figure:
    """A panel a score; a series of a single group is a dashed line across: it does not depend on the key."""
    across = min(PANELS, len(scores))
    figure, axes = subplot_grid(len(scores), across, PANEL_HEIGHT, above=1.0)
    colours = class_colours(len(series))
    numbers = [n for one in series if len(one.numbers) > 1 for n in one.numbers]
    logarithmic = min(numbers) > 0 and max(numbers) / min(numbers) > LOG_RATIO
    for ax, score in zip(axes, scores, strict=True):
        for one, colour in zip(series, colours, strict=True):
            _curve(ax, one, score, colour, interval, level)
        if logarithmic:
            use_log_scale(ax, "x")
        if len(set(numbers)) <= MOST_TICKS:
            ax.set_xticks(sorted(set(numbers)), [f"{n:g}" for n in sorted(set(numbers))])
        ax.set_title(score_words(score) + arrow(score))
        ax.grid(linewidth=0.4, alpha=0.5)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    handles = {
        label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
    }
    if any(handles):
        figure.legend(handles.values(), handles.keys(), loc="outside upper center", ncols=4, frameon=False)
    scale = ", log scale" if logarithmic else ""
    spread = f"mean with {interval_text(interval, level).removesuffix(' of the mean')}; dots: runs"
    set_title(figure, "", f"{key_words(key)}{scale}; {spread}{same}")
    return figure


def _curve(ax: Axes, one: Series, score: str, colour: str, interval: Interval, level: float) -> None:
    """The means of a series with their interval, and every run as a dot."""
    estimates = [estimate(group.values(score), interval, level) for group in one.groups]
    if len(one.groups) == 1:
        if (only := estimates[0]) is not None:
            ax.axhline(only.mean, color=colour, linestyle="--", label=one.name)
            if only.low is not None and only.high is not None:
                ax.axhspan(only.low, only.high, color=colour, alpha=0.1, linewidth=0)
        return
    known = [(n, found) for n, found in zip(one.numbers, estimates, strict=True) if found is not None]
    if not known:
        return
    x = [n for n, _ in known]
    ax.plot(x, [found.mean for _, found in known], color=colour, marker="o", markersize=3, label=one.name)
    low, high = (
        [found.mean if end is None else end for _, found in known for end in (getattr(found, side),)]
        for side in ("low", "high")
    )
    ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    for number, group in zip(one.numbers, one.groups, strict=True):
        values = group.values(score)
        ax.scatter([number] * len(values), values, s=4, color=colour, alpha=0.6, linewidths=0)


def _strips(groups: Sequence[Group], keys: Sequence[str], scores: Sequence[str], same: str) -> Figure:
    """A panel a score, all with the same rows, whose labels stand at the left."""
    names, labels = row_labels([group.labels for group in groups], keys)
    longest = max(map(len, labels))
    across = max(1, min(PANELS if longest <= SHORT_LABEL else 2, len(scores)))
    height = max(0.5 + ROW * len(groups), 1.0)
    figure, axes = subplot_grid(len(scores), across, height, above=0.6)
    first = list(dict.fromkeys(group.labels[0] for group in groups))
    colours = class_colours(len(first))
    for place, (ax, score) in enumerate(zip(axes, scores, strict=True)):
        for row, group in enumerate(groups):
            if values := group.values(score):
                _strip(ax, row, np.array(values), colours[first.index(group.labels[0])])
        ax.set_ylim(len(groups) - 0.4, -0.6)  # the first group on top
        ax.set_yticks(range(len(groups)), labels if place % across == 0 else [""] * len(groups))
        ax.set_title(score_words(score) + arrow(score))
        ax.locator_params(axis="x", nbins=4)
        ax.grid(axis="x", linewidth=0.4, alpha=0.5)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    set_title(
        figure, sentence_case(", ".join(map(key_words, names))), f"dots: runs; boxes of four and more{same}"
    )
    return figure


def row_labels(labels: Sequence[Sequence[str]], keys: Sequence[str]) -> tuple[list[str], list[str]]:
    """The keys in which groups differ, and the values of these of each group, on one line.

    >>> row_labels([("room", "vae", "4"), ("room", "ae", "0")], ("dataset", "method", "reg-wt"))
    (['method', 'reg-wt'], ['VAE, weight 4', 'Autoencoder, weight 0'])
    """
    columns = list(zip(*labels, strict=True))
    telling = [at for at, column in enumerate(columns) if len(set(column)) > 1] or [0]
    lines = [", ".join(_label_words(keys[at], one[at]) for at in telling) for one in labels]
    return [keys[at] for at in telling], [
        line if len(line) <= MAX_LABEL else f"{line[: MAX_LABEL - 1]}…" for line in lines
    ]


def _label_words(key: str, value: str) -> str:
    """A value as a person writes it: a name by itself, a number behind what it is."""
    if _number(value) is None:
        return value_words(key, value)
    return f"{SHORT_KEYS.get(key.replace('-', '_'), key_words(key))} {value}"


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
    words = [score_words(name) for name in names]
    axes.set_yticks(range(len(names)), words)
    axes.set_xticks(range(len(names)), words, rotation=40, ha="right", rotation_mode="anchor")
    axes.tick_params(length=0)
    for (row, column), value in np.ndenumerate(correlations):
        text, colour = (
            ("–", "black") if np.isnan(value) else (f"{value:.2f}", "white" if abs(value) > 0.6 else "black")
        )
        axes.text(column, row, text, ha="center", va="center", fontsize=SMALL, color=colour)
    bar = figure.colorbar(image, ax=axes, shrink=0.8)
    bar.set_label("Spearman's ρ over runs")
    return save(figure, folder / "correlations.png")

"""Latents against each other, coloured by one factor after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ...metrics.classes import factor_classes, histogram_bins
from ...metrics.information import information_matrix
from ...registry import figure
from ..drawing import PAGE, entitle, new_figure, paper_style
from ..ordering import match
from ..palette import GREY
from .colouring import Colouring, colouring
from .hanging import Still
from .subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST, BINS, DOT = 4, 30, 3.0


@figure("scatter")
def draw_scatter(subject: Subject) -> Iterator[Still]:
    """Pairs of latents, those that tell most of the factors, a picture for each factor that colours them."""
    shown = informative_latents(subject, MOST)
    for factor, name in enumerate(subject.factor_names):
        yield Still(f"scatter_{name}", _pairs(subject, shown, colouring(subject, factor)))


def informative_latents(subject: Subject, most: int) -> list[int]:
    """Latents matched one to one with the factors by mutual information, the most informative first."""
    information = information_matrix(histogram_bins(subject.codes), factor_classes(subject.factors))
    pairs = sorted(match(information).pairs, key=lambda pair: -information[pair])
    matched = [latent for latent, _ in pairs]
    others = [d for d in np.argsort(-information.max(axis=1), kind="stable").tolist() if d not in matched]
    return [*matched, *others][:most]


@paper_style()
def _pairs(subject: Subject, shown: list[int], colours: Colouring) -> Figure:
    count = len(shown)
    figure = new_figure(PAGE, max(PAGE * 0.86 * count / MOST, 3.0))
    axes = figure.subplots(count, count, squeeze=False, sharex="col")
    order = np.random.default_rng(0).permutation(len(subject.codes))  # no class lies above all others
    for row, below in enumerate(shown):
        for column, across in enumerate(shown):
            ax = axes[row, column]
            if row == column:
                ax.hist(subject.codes[:, across], bins=BINS, color=GREY)
                ax.set_yticks([])
            else:
                _cloud(ax, subject, (across, below), colours.colours, order)
                if column:
                    ax.sharey(axes[row, 0 if row else 1])
            _finish(ax, f"z{across}" if row == count - 1 else "", f"z{below}" if not column else "")
    colours.explain(figure, list(axes.flat), colours.name)
    entitle(figure, f"Codes by {colours.name}", f"{len(subject.codes):,} images; diagonal: histograms")
    return figure


def _cloud(ax: Axes, subject: Subject, pair: tuple[int, int], colours: np.ndarray, order: np.ndarray) -> None:
    x, y = (subject.codes[order, d] for d in pair)
    ax.scatter(x, y, s=DOT, c=colours[order], linewidths=0, alpha=0.8, rasterized=True)


def _finish(ax: Axes, below: str, beside: str) -> None:
    ax.locator_params(nbins=3)
    ax.set_xlabel(below)
    ax.set_ylabel(beside)
    ax.tick_params(labelbottom=bool(below), length=2, pad=1)
    if not beside:
        ax.tick_params(labelleft=False)

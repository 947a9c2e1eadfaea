"""Latents against each other, coloured by one factor after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ...metrics.discretize import factor_classes, histogram_bins
from ...metrics.information import information_matrix
from ...registry import figure
from ..drawing import PAGE, entitle, new_figure, paper_style
from ..figure_context import FigureContext
from ..latent_matching import match
from ..palette import GREY
from ..render_figures import Still
from .colouring import Colouring, colouring

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST, BINS, DOT = 4, 30, 3.0


@figure("scatter")
def draw_scatter(subject: FigureContext) -> Iterator[Still]:
    """Pairs of latents, those that tell most of the factors, a picture for each factor that colours them."""
    shown = informative_latents(subject, MOST)
    for factor, name in enumerate(subject.factor_names):
        yield Still(f"scatter_{name}", _pairs(subject, shown, colouring(subject, factor)))


def informative_latents(subject: FigureContext, most: int) -> list[int]:
    """Latents matched one to one with the factors by mutual information, the most informative first."""
    information = information_matrix(histogram_bins(subject.codes), factor_classes(subject.factors))
    pairs = sorted(match(information).pairs, key=lambda pair: -information[pair])
    matched = [latent for latent, _ in pairs]
    others = [d for d in np.argsort(-information.max(axis=1), kind="stable").tolist() if d not in matched]
    return [*matched, *others][:most]


@paper_style()
def _pairs(subject: FigureContext, shown: list[int], colours: Colouring) -> Figure:
    count = len(shown)
    figure = new_figure(PAGE, max(PAGE * 0.86 * count / MOST, 3.0))
    axes = figure.subplots(count, count, squeeze=False, sharex="col")
    order = np.random.default_rng(0).permutation(len(subject.codes))  # no class lies above all others
    codes, tints = spread_apart(subject.codes, subject.discrete)[order], colours.colours[order]
    for row, below in enumerate(shown):
        first = 0 if row else 1  # the panel whose vertical scale the row shares
        for column, across in enumerate(shown):
            ax = axes[row, column]
            if row == column:
                ax.hist(subject.codes[:, across], bins=BINS, color=GREY)
                ax.set_yticks([])
            else:
                ax.scatter(codes[:, across], codes[:, below], s=DOT, c=tints, linewidths=0, rasterized=True)
                if column > first:
                    ax.sharey(axes[row, first])
            _finish(ax, f"z{across}" if row == count - 1 else "", f"z{below}" if not column else "")
    colours.explain(figure, list(axes.flat), colours.name)
    apart = "; equal codes are spread apart a little" if subject.discrete else ""
    entitle(figure, f"Codes by {colours.name}", f"{len(codes):,} images; diagonal: histograms{apart}")
    return figure


def spread_apart(codes: np.ndarray, discrete: bool) -> np.ndarray:
    """Codes (N, D) as they are; discrete ones moved by up to a third of the gap between their values."""
    if not discrete:
        return codes
    gaps = np.array([np.diff(np.unique(column)).min(initial=np.inf) for column in codes.T])
    width = np.where(np.isfinite(gaps), gaps, 0.0) / 3
    return codes + np.random.default_rng(0).uniform(-width, width, size=codes.shape)


def _finish(ax: Axes, below: str, beside: str) -> None:
    ax.locator_params(nbins=3)
    ax.set_xlabel(below)
    ax.set_ylabel(beside)
    ax.tick_params(labelbottom=bool(below), length=2, pad=1)
    if not beside:
        ax.tick_params(labelleft=False)

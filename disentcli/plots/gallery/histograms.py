"""The distribution of each latent's codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...registry import figure
from ..active_latents import MEANING
from ..drawing import PAGE, TALLEST, entitle, new_figure, paper_style
from ..figure_context import FigureContext
from ..palette import BLUE, GREY
from ..render_figures import Still

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS, HEIGHT, MOST, BINS = 4, 1.15, 28, 40


@figure("histograms")
def draw_histograms(subject: FigureContext) -> list[Still]:
    """A histogram of the mean codes of each latent; of a discrete one, how often each value occurs."""
    return [Still("histograms", _histograms(subject))]


@paper_style()
def _histograms(subject: FigureContext) -> Figure:
    shown = subject.widest(MOST)
    down = -(-len(shown) // ACROSS)
    figure = new_figure(PAGE, min(0.7 + HEIGHT * down, TALLEST))
    axes = figure.subplots(down, ACROSS, squeeze=False)
    for place, ax in enumerate(axes.flat):
        if place >= len(shown):
            ax.set_axis_off()
            continue
        d = shown[place]
        codes, active = subject.codes[:, d], bool(subject.active[d])
        colour = BLUE if active else GREY
        values, counts = np.unique(codes, return_counts=True)
        if subject.discrete and len(values) <= BINS:
            ax.vlines(values, 0, counts, colors=colour, linewidth=3)
        else:
            ax.hist(codes, bins=BINS, color=colour)
        ax.set_ylim(0, None)
        ax.margins(x=0.08)
        ax.set_title(f"z{d}" if active else f"(z{d})", pad=2, color="black" if active else GREY)
        ax.locator_params(nbins=4)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    for row in axes:
        row[0].set_ylabel("images")
    foot = f"codes of {len(subject.codes):,} images"
    entitle(figure, "Codes of each latent", foot if subject.active.all() else f"{foot}; {MEANING}")
    return figure

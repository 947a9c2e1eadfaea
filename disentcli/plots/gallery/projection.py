"""All codes in the plane of their first two principal components, once for each factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import Unsupported
from ...registry import figure
from ..drawing import PAGE, TALLEST, entitle, new_figure, paper_style
from ..figure_context import FigureContext
from ..render_figures import Still
from .colouring import colouring

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ACROSS, HEIGHT, DOT = 3, 1.9, 3.0


@figure("projection")
def draw_projection(subject: FigureContext) -> list[Still]:
    """The codes' first two principal components, coloured by each factor."""
    if min(subject.codes.shape) < 2:
        raise Unsupported("a plane needs two latents and two images")
    plane, shares = principal_plane(subject.codes)
    return [Still("projection", _panels(subject, plane, shares))]


def principal_plane(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (N, D) along their first two principal components (N, 2), and the share of variance of each.

    A component's largest weight is positive, so that no sign is left to chance.
    """
    centred = codes - codes.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
    return centred @ axes[:2].T, (sizes**2 / max(float((sizes**2).sum()), 1e-300))[:2]


@paper_style()
def _panels(subject: FigureContext, plane: np.ndarray, shares: np.ndarray) -> Figure:
    names = subject.factor_names
    across = min(ACROSS, len(names))
    down = -(-len(names) // across)
    figure = new_figure(PAGE, min(0.8 + HEIGHT * down, TALLEST))
    axes = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    order = np.random.default_rng(0).permutation(len(plane))  # no class lies above all others
    for factor, ax in enumerate(axes.flat):
        if factor >= len(names):
            ax.set_axis_off()
            continue
        colours = colouring(subject, factor)
        x, y = plane[order].T
        ax.scatter(x, y, s=DOT, c=colours.colours[order], linewidths=0, rasterized=True)
        ax.set_title(names[factor])
        ax.ticklabel_format(scilimits=(-2, 3))
        ax.locator_params(nbins=5)
        ax.tick_params(labelbottom=factor + across >= len(names))
        colours.explain(figure, ax)
    first, second = (f"{100 * share:.0f} %" for share in shares)
    foot = f"principal components of {len(plane):,} codes: {first} (across) and {second} (up) of the variance"
    entitle(figure, "Codes by factor", foot)
    return figure

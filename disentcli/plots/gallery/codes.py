"""Figures of codes: pairs of latents and principal components coloured by factors, histograms of latents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Unsupported
from ...metrics.discretize import factor_classes, histogram_bins
from ...metrics.information import information_matrix
from ...registry import figure
from ..cyclic_factors import cycle_of
from ..drawing import (
    BLUE,
    GREY,
    OKABE_ITO,
    PAGE,
    SEQUENTIAL,
    class_colours,
    colour_map,
    new_figure,
    paper_style,
    set_title,
    short_label,
    subplot_grid,
)
from ..figure_context import FigureContext
from ..latent_matching import match
from ..render_figures import StaticFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.figure import Figure

DOT = 3.0  # points² of a code
MAX_PAIRED, PAIR_BINS = 4, 30  # latents drawn against each other
PROJECTIONS_ACROSS, PROJECTION_HEIGHT = 3, 1.9
HISTOGRAMS_ACROSS, HISTOGRAM_HEIGHT, MAX_HISTOGRAMS, HISTOGRAM_BINS = 4, 1.15, 28, 40


@dataclass(frozen=True)
class FactorColours:
    """A factor's name, its value at every point (N,), and how values become colours.

    `classes` are the labels of the classes 0, 1, …, where they have colours of their own.
    """

    name: str
    values: np.ndarray
    scale: ScalarMappable
    classes: tuple[str, ...] = ()

    @property
    def colours(self) -> np.ndarray:
        """The colour (N, 4) of every point."""
        return np.asarray(self.scale.to_rgba(self.values))

    def add_colourbar(self, figure: Figure, axes: Axes | Sequence[Axes], label: str = "") -> None:
        """A bar beside the axes that says which colour means what."""
        bar = figure.colorbar(self.scale, ax=axes, label=label, aspect=30)
        if self.classes:
            bar.set_ticks(range(len(self.classes)), labels=self.classes)
            bar.ax.tick_params(length=0)


def colour_by(context: FigureContext, factor: int) -> FactorColours:
    """The points coloured by the factor at this place among those that vary.

    Few classes have colours of their own; many of them, and numbers, lie along a scale, which goes round for
    hues and angles.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm, ListedColormap, Normalize

    values, name = context.factors[:, factor], short_label(context.factor_names[factor])
    meanings = _meanings(context, factor)
    numbers = [float(one) for one in meanings if not isinstance(one, str)]
    cycle = cycle_of(context.factor_names[factor], numbers)
    if meanings and len(meanings) <= len(OKABE_ITO):
        count = len(meanings)
        share = min(abs(numbers[-1] - numbers[0]) / cycle.turn, 1.0) if cycle else 1.0
        colours = class_colours(count, ordered=bool(numbers), scale=cycle and cycle.colours, share=share)
        scale = ScalarMappable(BoundaryNorm(np.arange(count + 1) - 0.5, count), ListedColormap(colours))
        return FactorColours(name, values, scale, tuple(map(short_label, meanings)))
    if numbers:
        values = np.array(numbers)[values.astype(int)]
    if cycle:
        ends = Normalize(numbers[0], numbers[0] + cycle.turn)
        return FactorColours(name, values, ScalarMappable(ends, colour_map(cycle.colours)))
    return FactorColours(name, values, ScalarMappable(Normalize(values.min(), values.max()), SEQUENTIAL))


def _meanings(context: FigureContext, factor: int) -> Sequence[float | str]:
    """The values of a factor's classes, or their numbers where these are unknown; () of a continuous one."""
    place = context.varying[factor]
    size, found = context.dataset.factor_sizes[place], context.dataset.factor_values
    return () if not size else tuple(found[place]) if found else range(size)


@figure("scatter")
def draw_scatter(context: FigureContext) -> Iterator[StaticFigure]:
    """Pairs of latents, those that tell most of the factors, a picture for each factor that colours them."""
    shown = list(context.options.latents) or informative_latents(context, MAX_PAIRED)
    for factor, name in enumerate(context.factor_names):
        yield StaticFigure(f"scatter_{name}", _pairs(context, shown, colour_by(context, factor)))


def informative_latents(context: FigureContext, most: int) -> list[int]:
    """Latents matched one to one with the factors by mutual information, the most informative first."""
    information = information_matrix(histogram_bins(context.codes), factor_classes(context.factors))
    pairs = sorted(match(information).pairs, key=lambda pair: -information[pair])
    matched = [latent for latent, _ in pairs]
    others = [d for d in np.argsort(-information.max(axis=1), kind="stable").tolist() if d not in matched]
    return [*matched, *others][:most]


@paper_style()
def _pairs(context: FigureContext, shown: list[int], by_factor: FactorColours) -> Figure:
    """Each pair once, below the diagonal, on which the histograms are; the colours are explained above it."""
    count = len(shown)
    figure = new_figure(PAGE, max(PAGE * 0.86 * count / MAX_PAIRED, 3.0))
    axes = figure.subplots(count, count, squeeze=False, sharex="col")
    order = _drawing_order(len(context.codes))
    codes, colours = jitter(context.codes, context.discrete)[order], by_factor.colours[order]
    for row, below in enumerate(shown):
        for column, across in enumerate(shown):
            ax = axes[row, column]
            if column > row:
                ax.remove()
                continue
            if row == column:
                ax.hist(context.codes[:, across], bins=PAIR_BINS, color=GREY)
                ax.set_yticks([])
            else:
                ax.scatter(codes[:, across], codes[:, below], s=DOT, c=colours, linewidths=0, rasterized=True)
                if column:
                    ax.sharey(axes[row, 0])
            beside = f"z{below}" if not column and row else ""
            _label_panel(ax, f"z{across}" if row == count - 1 else "", beside)
    by_factor.add_colourbar(figure, [ax for ax in axes.flat if ax.figure is not None], by_factor.name)
    apart = "; equal codes are spread apart a little" if context.discrete else ""
    set_title(figure, f"Codes by {by_factor.name}", f"{len(codes):,} images; diagonal: histograms{apart}")
    return figure


def _drawing_order(count: int) -> np.ndarray:
    """An order of the points in which no class lies above all others."""
    return np.random.default_rng(0).permutation(count)


def jitter(codes: np.ndarray, discrete: bool) -> np.ndarray:
    """Codes (N, D) as they are; discrete ones moved by up to a third of the gap between their values."""
    if not discrete:
        return codes
    gaps = np.array([np.diff(np.unique(column)).min(initial=np.inf) for column in codes.T])
    width = np.where(np.isfinite(gaps), gaps, 0.0) / 3
    return codes + np.random.default_rng(0).uniform(-width, width, size=codes.shape)


def _label_panel(ax: Axes, below: str, beside: str) -> None:
    ax.locator_params(nbins=3)
    ax.set_xlabel(below)
    ax.set_ylabel(beside)
    ax.tick_params(labelbottom=bool(below), length=2, pad=1)
    if not beside:
        ax.tick_params(labelleft=False)


@figure("projection")
def draw_projection(context: FigureContext) -> list[StaticFigure]:
    """The codes' first two principal components, coloured by each factor."""
    if min(context.codes.shape) < 2:
        raise Unsupported("a plane needs two latents and two images")
    plane, shares = principal_plane(context.codes)
    return [StaticFigure("projection", _projections(context, plane, shares))]


@dataclass(frozen=True)
class PrincipalPlane:
    """The plane of the first two principal components of codes: `centre` (D,), `axes` (2, D).

    shares: of the variance of the codes that it was fitted to, along each.
    """

    centre: np.ndarray
    axes: np.ndarray
    shares: np.ndarray

    @classmethod
    def fit(cls, codes: np.ndarray) -> PrincipalPlane:
        """That of codes (N, D). A component's largest weight is positive: no sign is left to chance."""
        centre = codes.mean(axis=0)
        _, sizes, axes = np.linalg.svd(codes - centre, full_matrices=False)
        axes = axes * np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
        return cls(centre, axes[:2], (sizes**2 / max(float((sizes**2).sum()), 1e-300))[:2])

    def project(self, codes: np.ndarray) -> np.ndarray:
        """Codes (N, D) along both axes, (N, 2)."""
        return np.asarray((codes - self.centre) @ self.axes.T)


def principal_plane(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Codes (N, D) in the plane that is fitted to them (N, 2), and the share of variance of each axis."""
    plane = PrincipalPlane.fit(codes)
    return plane.project(codes), plane.shares


@paper_style()
def _projections(context: FigureContext, plane: np.ndarray, shares: np.ndarray) -> Figure:
    names = context.factor_names
    across = min(PROJECTIONS_ACROSS, len(names))
    figure, axes = subplot_grid(len(names), across, PROJECTION_HEIGHT, share=True)
    order = _drawing_order(len(plane))
    x, y = plane[order].T
    for factor, (name, ax) in enumerate(zip(names, axes, strict=True)):
        by_factor = colour_by(context, factor)
        ax.scatter(x, y, s=DOT, c=by_factor.colours[order], linewidths=0, rasterized=True)
        ax.set_title(short_label(name))
        ax.ticklabel_format(scilimits=(-2, 3))
        ax.locator_params(nbins=5)
        ax.tick_params(labelbottom=factor + across >= len(names))
        by_factor.add_colourbar(figure, ax)
    first, second = (f"{100 * share:.0f} %" for share in shares)
    foot = f"principal components of {len(plane):,} codes: {first} (across) and {second} (up) of the variance"
    set_title(figure, "Codes by factor", foot)
    return figure


@figure("histograms")
def draw_histograms(context: FigureContext) -> list[StaticFigure]:
    """A histogram of the mean codes of each latent; of a discrete one, how often each value occurs."""
    return [StaticFigure("histograms", _histograms(context))]


@paper_style()
def _histograms(context: FigureContext) -> Figure:
    shown = context.most_varying(MAX_HISTOGRAMS)
    figure, axes = subplot_grid(len(shown), HISTOGRAMS_ACROSS, HISTOGRAM_HEIGHT, above=0.7)
    for d, ax in zip(shown, axes, strict=True):
        codes, active = context.codes[:, d], bool(context.active[d])
        colour = BLUE if active else GREY
        values, counts = np.unique(codes, return_counts=True)
        if context.discrete and len(values) <= HISTOGRAM_BINS:
            ax.vlines(values, 0, counts, colors=colour, linewidth=3)
        else:
            ax.hist(codes, bins=HISTOGRAM_BINS, color=colour)
        ax.set_ylim(0, None)
        ax.margins(x=0.08)
        ax.set_title(f"z{d}" if active else f"(z{d})", pad=2, color="black" if active else GREY)
        ax.locator_params(nbins=4)
        ax.spines[["top", "right"]].set_visible(False)
    for ax in axes[::HISTOGRAMS_ACROSS]:
        ax.set_ylabel("images")
    foot = f"codes of {len(context.codes):,} images"
    criterion = "" if context.active.all() else f"; {context.activity.criterion}"
    set_title(figure, "Codes of each latent", foot + criterion)
    return figure

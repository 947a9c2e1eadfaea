"""The latent map of two factors: the codes of each combination, those held out, and where they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...errors import Unsupported
from ...metrics.discretize import factor_classes
from ...metrics.placement import fit_placement, placement_error, root_mean_square
from ...registry import figure
from ..drawing import (
    BLACK,
    GREY,
    OKABE_ITO,
    PAGE,
    class_colours,
    covariance_ellipse,
    new_figure,
    paper_style,
    set_title,
    short_label,
)
from ..figure_context import FigureContext
from ..render_figures import StaticFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 4.4  # inches
HELD_OUT = "#D90000"  # as published
CLASS_COLOURS = tuple(colour for colour in OKABE_ITO if colour not in ("#D55E00", "#F0E442", BLACK))


@dataclass(frozen=True)
class Cells:
    """Combinations of classes (M, 2) of two factors, and the plane codes of each: M arrays (n, 2)."""

    classes: np.ndarray
    codes: tuple[np.ndarray, ...]

    @classmethod
    def of(cls, codes: np.ndarray, classes: np.ndarray) -> Cells:
        """The codes (N, 2) of each combination that occurs among the classes (N, 2)."""
        found, at = np.unique(classes, axis=0, return_inverse=True)
        return cls(found, tuple(codes[at.ravel() == cell] for cell in range(len(found))))

    @property
    def means(self) -> np.ndarray:
        """The mean code (M, 2) of each."""
        return np.stack([codes.mean(axis=0) for codes in self.codes])


@dataclass(frozen=True)
class LatentMap:
    """What a latent map shows: cells of training and of held-out images, and where the latter should be.

    Attributes:
        names: of the two factors; the classes of the first have colours.
        labels: of the classes of the first factor.
        latents: matched to the factors; that of the first is up, of the second across.
        trained: cells of training images.
        held_out: cells of held-out combinations.
        expected: (M, 2), where the means of the latter are expected; NaN for a value never trained on.
        errors: of training and of held-out images, the root of the mean squared placement error.
    """

    names: tuple[str, str]
    labels: tuple[str, ...]
    latents: tuple[int, int]
    trained: Cells
    held_out: Cells
    expected: np.ndarray
    errors: tuple[float, float]


@figure("latent_map")
def draw_latent_map(context: FigureContext) -> list[StaticFigure]:
    """Where held-out combinations of two factors (--map-factors) are encoded, and where they should be.

    Source: Montero et al., "Lost in Latent Space", NeurIPS 2022.
    """
    return [StaticFigure("latent_map", latent_map_figure(latent_map(context)))]


def latent_map(context: FigureContext) -> LatentMap:
    """The map of `context.map_factors` or the factors held out by, the one with fewer classes first.

    Latents are matched to all factors that vary; places are expected by an additive model of the two factors.

    Raises:
        Unsupported: the split holds out no combinations; there are no two factors, or no latents for them.
    """
    context.check_held_out()
    trained, *_, held_out = (context.draw_images(part, context.points) for part in context.parts.values())
    pair = _pair(context)
    codes = [context.inference.encode(indices) for indices in (trained, held_out)]
    classes = _classes(context, trained, held_out)
    sizes = np.concatenate(classes).max(axis=0) + 1
    assigned = fit_placement(codes[0], classes[0], sizes).assigned_latents()
    up, across = (int(assigned[factor]) for factor in pair)
    names = tuple(short_label(context.factor_names[factor]) for factor in pair)
    if min(up, across) < 0:
        raise Unsupported(f"there are fewer latents than factors, and none for {' or '.join(names)}")
    plane = [one[:, [across, up]] for one in codes]
    of_pair = [one[:, pair] for one in classes]
    placement = fit_placement(plane[0], of_pair[0], sizes[pair])
    errors = [
        root_mean_square(placement_error(placement, *one, weights=np.ones(2)))
        for one in zip(plane, of_pair, strict=True)
    ]
    cells = [Cells.of(*one) for one in zip(plane, of_pair, strict=True)]
    return LatentMap(
        names=(names[0], names[1]),
        labels=_labels(context, pair[0], int(sizes[pair[0]])),
        latents=(up, across),
        trained=cells[0],
        held_out=cells[1],
        expected=placement.expected(cells[1].classes),
        errors=(errors[0], errors[1]),
    )


def _pair(context: FigureContext) -> list[int]:
    """The places of the two factors among those that vary, the one with fewer values first."""
    asked = context.map_factors or (context.splits.held_out_factors if context.splits else ())
    named = [name for name in asked if name in context.factor_names][:2]
    if len(named) < 2:
        held = f"by {named[0]} alone" if named else "by no factor that varies"
        raise Unsupported(f"the split holds images out {held}; name two factors with --map-factors")
    pair = [context.factor_names.index(name) for name in named]
    return sorted(pair, key=lambda factor: context.dataset.factor_sizes[context.varying[factor]] or np.inf)


def _classes(context: FigureContext, trained: np.ndarray, held_out: np.ndarray) -> list[np.ndarray]:
    """Classes (N, F) and (M, F) of the factors that vary; continuous ones are cut into ten quantiles."""
    values = [np.asarray(context.dataset.factors(part)[:, context.varying]) for part in (trained, held_out)]
    return [factor_classes(one, like=values[0]).astype(np.int64) for one in values]


def _labels(context: FigureContext, factor: int, size: int) -> tuple[str, ...]:
    """What the classes of a factor mean."""
    found, place = context.dataset.factor_values, context.varying[factor]
    if not found or not context.dataset.factor_sizes[place]:
        return tuple(map(str, range(size)))
    return tuple(map(short_label, found[place][:size]))


@paper_style()
def latent_map_figure(shown: LatentMap) -> Figure:
    """Ellipses of one standard deviation of each cell, crosses where held-out ones should be."""
    figure = new_figure(PAGE, HEIGHT)
    axes = figure.add_subplot()
    colours = _colours(len(shown.labels))
    for (first, _), codes in zip(shown.trained.classes, shown.trained.codes, strict=True):
        _draw_cell(axes, codes, colours[first], shade=0.08)
    for codes in shown.held_out.codes:
        _draw_cell(axes, codes, HELD_OUT)
    for mean, place in zip(shown.held_out.means, shown.expected, strict=True):
        axes.plot(*zip(mean, place, strict=True), color=GREY, linewidth=0.7, linestyle=":", zorder=3)
    axes.plot(*shown.expected.T, "x", color=BLACK, markersize=5, markeredgewidth=1.1, zorder=4)
    up, across = shown.latents
    axes.set(xlabel=f"z{across} ({shown.names[1]})", ylabel=f"z{up} ({shown.names[0]})")
    axes.margins(0.05)
    _add_legend(figure, shown, colours)
    set_title(figure, f"Codes by {shown.names[0]} and {shown.names[1]}", _foot(shown))
    return figure


def _foot(shown: LatentMap) -> str:
    text = "an ellipse is one standard deviation of the codes of a combination"
    if np.isnan(shown.errors[1]):
        return f"{text}; no place is expected where a value was never trained on"
    trained, held_out = shown.errors
    return (
        f"{text}; distance from the expected place, in spreads of a combination: training {trained:#.2g}, "
        f"held-out {held_out:#.2g}"
    )


def _colours(count: int) -> list[str]:
    """A colour for each class, none of them red; of many classes, from dark to light."""
    return list(CLASS_COLOURS[:count]) if count <= len(CLASS_COLOURS) else class_colours(count, ordered=True)


def _draw_cell(axes: Axes, codes: np.ndarray, colour: str, *, shade: float = 0.0) -> None:
    """An ellipse of one standard deviation about the mean of codes (n, 2), and a dot there."""
    from matplotlib.colors import to_rgba

    mean = codes.mean(axis=0)
    axes.plot(*mean, ".", color=colour, markersize=3, zorder=2)
    if len(codes) < 2:
        return
    ellipse = covariance_ellipse(
        mean,
        np.cov(codes.T),
        facecolor=to_rgba(colour, shade),
        edgecolor=colour,
        linewidth=0.8,
        zorder=1 if shade else 2,
    )
    axes.add_patch(ellipse)


def _add_legend(figure: Figure, shown: LatentMap, colours: list[str]) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    present = np.unique(shown.trained.classes[:, 0])
    handles: list[Patch | Line2D] = [
        Patch(facecolor=colours[first], label=f"{shown.labels[first]}, training") for first in present
    ]
    handles.append(Patch(facecolor="none", edgecolor=HELD_OUT, label="held out"))
    handles.append(Line2D([], [], color=BLACK, marker="x", linestyle="", label="expected place"))
    figure.legend(handles=handles, loc="outside right upper", title=shown.names[0], frameon=False)

"""The figure of response maps: the field of responses over two latents, its size and how it runs together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...errors import Unsupported
from ...metrics.response_maps import DISCRETE, ResponseMaps, response_maps
from ...registry import figure
from ..drawing import BLACK, DIVERGING, GREY, OKABE_ITO, PAGE, SEQUENTIAL, new_figure, paper_style, set_title
from ..figure_context import FigureContext
from ..render_figures import StaticFigure
from .codes import FactorColours, colour_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 5.9  # inches
DOT = 2.0  # points² of a code
ARROWS = 16  # of the field, on each side
LEAST = 0.01  # of the extent, at the top of a scale, so that noise keeps its quiet colours
MOST = 98  # per cent of a map within its scale: what is beyond, at single points, has the last colour


@figure("response_maps")
def draw_response_maps(context: FigureContext) -> list[StaticFigure]:
    """Where codes move, decoded and encoded again, over two latents (--map-latents, --map-extent).

    Source: Leeb et al. 2022 (arXiv 2106.16091).
    """
    context.check_decoder()
    if context.discrete:
        raise Unsupported(DISCRETE)
    maps = response_maps(
        context.codes, context.inference.respond, latents=context.map_latents, extent=context.map_extent
    )
    return [StaticFigure("response_maps", _figure(context, maps))]


@paper_style()
def _figure(context: FigureContext, maps: ResponseMaps) -> Figure:
    figure = new_figure(PAGE, HEIGHT)
    axes = figure.subplots(2, 2, sharex=True, sharey=True)
    first, second = maps["latents"].tolist()
    _draw_field(figure, axes[0, 0], context, maps)
    _draw_map(figure, axes[0, 1], maps, "magnitude", "Size ‖u‖", "units of the codes")
    _draw_map(figure, axes[1, 0], maps, "divergence", "Divergence div u", "per step of the grid")
    _draw_map(
        figure, axes[1, 1], maps, "mean_curvature", "Mean curvature −½ div(u/‖u‖)", "per step of the grid"
    )
    for ax in axes[1]:
        ax.set_xlabel(f"z{first}")
    for ax in axes[:, 0]:
        ax.set_ylabel(f"z{second}")
    others = "; the other latents are at their mean" if context.codes.shape[1] > 2 else ""
    foot = f"u = r(z) − z; {len(maps['positions'])} × {len(maps['positions'])} codes{others}"
    set_title(figure, f"Responses over z{first} and z{second}", foot)
    return figure


def _draw_field(figure: Figure, ax: Axes, context: FigureContext, maps: ResponseMaps) -> None:
    """Arrows of the field over the codes of images, in the colours of a factor with few classes."""
    chosen = maps["latents"]
    by_factor = _few_classes(context)
    colours = GREY if by_factor is None else by_factor.colours
    x, y = context.codes[:, chosen].T
    ax.scatter(x, y, s=DOT, c=colours, linewidths=0, rasterized=True)
    count = len(maps["positions"])
    shown = np.unique(np.linspace(0, count - 1, ARROWS).round().astype(int))
    across, up = np.meshgrid(maps["positions"][shown], maps["positions"][shown], indexing="ij")
    arrows = maps["response"][np.ix_(shown, shown)]
    ax.quiver(across, up, arrows[..., 0], arrows[..., 1], color=BLACK, width=0.004)
    end = float(maps["positions"][-1])
    ax.set(xlim=(-end, end), ylim=(-end, end), aspect="equal", title="Responses u and codes")
    if by_factor is not None:
        by_factor.add_colourbar(figure, ax, by_factor.name)


def _few_classes(context: FigureContext) -> FactorColours | None:
    """The first factor that varies and has few classes, each with a colour of its own."""
    if not context.dataset.factor_names:
        return None
    sizes = [context.dataset.factor_sizes[place] for place in context.varying]
    few = [factor for factor, size in enumerate(sizes) if 1 < size <= len(OKABE_ITO)]
    return colour_by(context, few[0]) if few else None


def _draw_map(figure: Figure, ax: Axes, maps: ResponseMaps, name: str, title: str, unit: str) -> None:
    values: np.ndarray = maps[name]  # type: ignore[literal-required]
    end = float(maps["positions"][-1])
    top = max(float(np.percentile(np.abs(values), MOST)), LEAST * end)
    low, colours = (0.0, SEQUENTIAL) if name == "magnitude" else (-top, DIVERGING)
    image = ax.imshow(
        values.T, origin="lower", extent=(-end, end, -end, end), cmap=colours, vmin=low, vmax=top
    )
    figure.colorbar(image, ax=ax, label=unit, aspect=30)
    ax.set_title(title)

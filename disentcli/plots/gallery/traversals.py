"""Figures of traversals: a grid with a row for each latent, and a GIF in which latents run up and down."""

from __future__ import annotations

import numpy as np

from ...errors import Unsupported
from ...latents.latent import STEPS
from ...nets.shapes import kind_of
from ...registry import figure
from ..figure_context import FigureContext
from ..image_grids import mosaic, tile_figure, traversal_figure
from ..render_figures import Animation, StaticFigure
from ..sample_images import traversal_loops, traversals
from ..traversal_ranges import describe_range

MAX_ROWS = 20  # latents below one another
BASES, MAX_COLUMNS = 4, 12  # of the animation: base images below one another, latents side by side


@figure("traversals")
def draw_traversals(context: FigureContext) -> list[StaticFigure]:
    """Each latent on its way through --range, from one typical image; a discrete one through its values."""
    options = context.options
    found = traversals(
        *(context.inference, context.indices, context.range, context.seed),
        pool=context.pool,
        base=options.base,
        steps=options.columns or STEPS,
    )
    shown = context.most_varying(options.rows or MAX_ROWS)
    way = f"each latent through {describe_range(context.latent, context.range)}"
    picture = traversal_figure(
        found["images"][shown],
        found["ranges"][shown],
        base=found["base"],
        latents=shown.tolist(),
        foot=way + _selection(len(shown), context),
    )
    return [StaticFigure("traversals", picture)]


@figure("animations")
def draw_animations(context: FigureContext) -> list[Animation]:
    """A GIF of traversals: a column for each latent, a row for each of four base images."""
    if len(context.dataset.shape) != 3:
        raise Unsupported(f"the data are {kind_of(context.dataset.shape)}s, not images that could move")
    options = context.options
    bases, images = traversal_loops(
        *(context.inference, context.indices, options.rows or BASES, context.range, context.seed),
        pool=context.pool,
        base=options.base,
    )
    shown = context.most_varying(options.columns or MAX_COLUMNS)
    frames = np.concatenate([np.repeat(bases[:, None, None], images.shape[2], 2), images[:, shown]], axis=1)
    boards = [list(frames[:, :, t]) for t in range(frames.shape[2])]  # rows of tiles, frame by frame
    way = f"each latent up and down {describe_range(context.latent, context.range)}"
    picture = tile_figure(
        boards[0],
        [""] * len(bases),
        title="Traversals",
        foot=way + _selection(len(shown), context),
        columns=["base", *(f"z{d}" for d in shown)],
    )
    return [Animation("traversals", picture, [mosaic(board)[0] for board in boards])]


def _selection(shown: int, context: FigureContext) -> str:
    """What is to be said where not all latents are shown."""
    dims = context.codes.shape[1]
    if context.options.latents:
        return f"; {shown} of {dims} latents"
    return "" if shown == dims else f"; the {shown} of {dims} latents whose codes deviate most"

"""Traversals that move: a looping GIF in which each latent runs up and down its range."""

from __future__ import annotations

import numpy as np

from ...errors import Unsupported
from ...registry import figure
from ..animation import render
from ..figure_context import FigureContext
from ..image_grids import mosaic, tile_figure
from ..render_figures import Moving
from ..sample_images import loops
from ..traversal_ranges import described
from .traversals import chosen

BASES, MOST = 4, 12  # images below one another, latents side by side


@figure("animations")
def draw_animations(subject: FigureContext) -> list[Moving]:
    """A GIF of traversals: a column for each latent, a row for each of four base images."""
    if len(subject.dataset.shape) != 3:
        raise Unsupported("the observations are vectors, not images that could move")
    bases, images = loops(subject.inference, subject.indices, BASES, subject.range, subject.seed)
    shown = subject.widest(MOST)
    frames = np.concatenate([np.repeat(bases[:, None, None], images.shape[2], 2), images[:, shown]], axis=1)
    way = f"up and down {described(subject.latent, subject.range)}"
    boards = [list(frames[:, :, t]) for t in range(frames.shape[2])]  # rows of tiles, frame by frame
    picture = tile_figure(
        boards[0],
        [""] * len(bases),
        title="Traversals",
        foot=f"each latent {way}{chosen(len(shown), subject)}",
        columns=["base", *(f"z{d}" for d in shown)],
    )
    (image,) = picture.axes[0].images
    return [Moving("traversals", render(picture, image, [mosaic(board)[0] for board in boards]))]

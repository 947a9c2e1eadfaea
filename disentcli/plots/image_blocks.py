"""Blocks of images below one another: rows with a label beside each, texts above and below the columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .drawing import PAGE, SMALL, TALLEST, new_figure, paper_style, set_title
from .image_grids import TILE, mosaic

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BESIDE, ABOVE, BETWEEN = 1.0, 0.7, 0.6  # inches for labels, the title, and the texts of each block

LINE = 1.3 * SMALL / 72  # inches of a further line below


@dataclass(frozen=True)
class ImageBlock:
    """Rows of images, each (n, C, H, W) in [0, 1], their labels, and n texts above and below the columns."""

    title: str
    rows: Sequence[np.ndarray]
    labels: Sequence[str]
    above: Sequence[str]
    below: Sequence[str]


@paper_style()
def block_figure(blocks: Sequence[ImageBlock], *, title: str, foot: str = "") -> Figure:
    """The blocks below one another; all have images of one shape."""
    across = max(len(block.rows[0]) for block in blocks)
    down = sum(len(block.rows) for block in blocks)
    aspect = blocks[0].rows[0].shape[2] / blocks[0].rows[0].shape[3]
    between = BETWEEN + LINE * max(text.count("\n") for block in blocks for text in block.below)
    texts = ABOVE + between * len(blocks)
    tile = min(TILE, (PAGE - BESIDE) / across, (TALLEST - texts) / (aspect * down))
    figure = new_figure(max(BESIDE + tile * across, 0.7 * PAGE), texts + aspect * tile * down)
    heights = [len(block.rows) * aspect * tile + between for block in blocks]
    axes = figure.subplots(len(blocks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for ax, block in zip(axes, blocks, strict=True):
        _draw_block(ax, block)
    set_title(figure, title, foot)
    return figure


def _draw_block(axes: Axes, block: ImageBlock) -> None:
    canvas, middles, centres = mosaic(block.rows)
    axes.imshow(canvas, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.set_title(block.title, loc="left", pad=15 if any(block.above) else 4)
    axes.set_yticks(middles, block.labels)
    axes.set_xticks(centres, block.below)
    axes.tick_params(length=0)
    for centre, text in zip(centres, block.above, strict=True):
        axes.annotate(
            text,
            (centre, 0),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=SMALL,
            annotation_clip=False,
        )
    axes.spines[:].set_visible(False)

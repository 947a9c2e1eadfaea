"""Figures of images by part: what was trained on, held out at random, and held out as combinations."""

from __future__ import annotations

import numpy as np

from ...errors import Unsupported
from ...registry import figure
from ..figure_context import FigureContext
from ..image_blocks import ImageBlock, block_figure
from ..render_figures import StaticFigure

POOL = 500  # images of a part whose errors are sorted
SHOWN = 9  # of these, from the least error to the largest
ERRORS_FOOT = "below each column: the squared error, averaged over pixels and channels"


@figure("reconstructions_by_part")
def draw_reconstructions_by_part(context: FigureContext) -> list[StaticFigure]:
    """Reconstructions of training images, of some held out at random, of held-out combinations, by error.

    Source: Montero et al., "Lost in Latent Space", NeurIPS 2022, there without errors.
    """
    parts = context.parts
    check_images(context)
    blocks = [_reconstructed(context, name, context.draw_images(parts[name], POOL)) for name in parts]
    foot = f"{ERRORS_FOOT}; sorted by it, of at most {POOL} images of a part"
    picture = block_figure(blocks, title="Reconstructions by part of the data", foot=foot)
    return [StaticFigure("reconstructions_by_part", picture)]


def check_images(context: FigureContext) -> None:
    """Raise Unsupported where the data are vectors, which have no pictures."""
    if len(context.dataset.shape) != 3:
        raise Unsupported("the data are vectors, not images")


def _reconstructed(context: FigureContext, name: str, indices: np.ndarray) -> ImageBlock:
    images = context.inference.images(indices).cpu().numpy()
    return sorted_block(
        name, {"original": images, "reconstruction": context.inference.reconstruct(indices)}, images
    )


def sorted_block(name: str, rows: dict[str, np.ndarray], truth: np.ndarray) -> ImageBlock:
    """A block of some columns of the rows, by the error between the last but `truth` row and the truth.

    Args:
        name: of the part, which becomes the title with its mean error.
        rows: images (N, C, H, W) by their label; the one that is judged is called reconstruction or result.
        truth: what it should be, (N, C, H, W).
    """
    judged = rows["reconstruction"] if "reconstruction" in rows else rows["result"]
    errors = squared_errors(truth, judged)
    ranks = error_ranks(errors, SHOWN)
    above = [""] * len(ranks)
    above[len(ranks) // 2], above[-1], above[0] = "median", "worst", "best"
    return ImageBlock(
        title=f"{name}: mean {errors.mean():#.2g}",
        rows=[images[ranks] for images in rows.values()],
        labels=list(rows),
        above=above,
        below=[f"{error:#.2g}" for error in errors[ranks]],
    )


def squared_errors(truth: np.ndarray, images: np.ndarray) -> np.ndarray:
    """The squared error (N,) of images (N, C, H, W), averaged over channels and pixels."""
    return np.asarray(np.square(images - truth).reshape(len(truth), -1).mean(axis=1))


def error_ranks(errors: np.ndarray, most: int) -> np.ndarray:
    """At most so many places in errors (N,): the best, the worst, and some evenly between them by rank."""
    order = np.argsort(errors, kind="stable")
    count = min(most, len(order))
    return order[np.rint(np.linspace(0, len(order) - 1, count)).astype(np.int64)]

"""Figures of images by part: what was trained on, held out at random, and held out as combinations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...data.views.triplets import composition_triplets
from ...errors import Unsupported
from ...nets.shapes import kind_of
from ...registry import figure
from ..drawing import short_label
from ..figure_context import FigureContext
from ..image_blocks import ImageBlock, block_figure
from ..render_figures import StaticFigure

POOL = 500  # images of a part whose errors are sorted
SHOWN = 9  # of these, from the least error to the largest
FOOT = (
    "below each column: the squared error, averaged over pixels and channels; sorted by it, of at most "
    f"{POOL} images of a part"
)


@figure("reconstructions_by_part")
def draw_reconstructions_by_part(context: FigureContext) -> list[StaticFigure]:
    """Reconstructions of training images, of some held out at random, of held-out combinations, by error.

    Source: Montero et al., "Lost in Latent Space", NeurIPS 2022, there without errors.
    """
    context.check_held_out()
    _check_images(context)
    blocks = [_reconstructed(context, name, indices) for name, indices in context.parts.items()]
    picture = block_figure(blocks, title="Reconstructions by part of the data", foot=FOOT)
    return [StaticFigure("reconstructions_by_part", picture)]


@figure("compositions")
def draw_compositions(context: FigureContext) -> list[StaticFigure]:
    """What a model with an operator composes of two training images, beside the true image, by error.

    The true images are of training, held out at random, and held-out combinations.
    Source of the task: Montero et al., "Lost in Latent Space", NeurIPS 2022, which does not score the result.
    """
    if getattr(context.inference.decoding_model, "operator", None) is None:
        raise Unsupported("the model has no operator that composes images")
    _check_images(context)
    blocks, left_out = [], []
    for name in context.parts:
        try:
            blocks.append(_composed(context, name))
        except Unsupported:  # as where a value of a factor is in no training image
            left_out.append(name)
    if not blocks:
        raise Unsupported("no image of the data can be composed of two training images")
    foot = f"result: the reference with the factor named below as in the command; {FOOT}"
    if left_out:
        foot += f"; not composable of training images: {', '.join(left_out)}"
    return [StaticFigure("compositions", block_figure(blocks, title="Compositions", foot=foot))]


def _check_images(context: FigureContext) -> None:
    """Raise Unsupported where the data are vectors, which have no pictures."""
    if len(context.dataset.shape) != 3:
        raise Unsupported(f"the data are {kind_of(context.dataset.shape)}s, not images")


def _reconstructed(context: FigureContext, name: str, indices: np.ndarray) -> ImageBlock:
    drawn = context.draw_images(indices, POOL)
    truth = context.inference.images(drawn).cpu().numpy()
    outputs = context.inference.reconstruct(drawn)
    return sorted_block(name, {"original": truth, "reconstruction": outputs}, squared_errors(outputs, truth))


def _composed(context: FigureContext, name: str) -> ImageBlock:
    """Compositions whose true image is of the part of this name."""
    parts, inference = context.parts, context.inference
    triplets = composition_triplets(context.dataset, parts["training"], parts[name], POOL, context.seed)
    places, changed = triplets.indices.numpy(), triplets.changed.numpy()
    rows = {
        label: inference.images(column).cpu().numpy()
        for label, column in zip(("reference", "command", "truth"), places.T, strict=True)
    }
    result = inference.compose(places[:, 0], places[:, 1], changed)
    truth = rows.pop("truth")
    asked = [
        short_label(context.dataset.factor_names[factor]).replace("_", "\n")
        for factor in changed.argmax(axis=1)
    ]
    return sorted_block(
        name, {**rows, "result": result, "truth": truth}, squared_errors(result, truth), below=asked
    )


def sorted_block(
    name: str, rows: Mapping[str, np.ndarray], errors: np.ndarray, *, below: list[str] | None = None
) -> ImageBlock:
    """A block of some columns, from the least error to the largest.

    Args:
        name: of the part, which becomes the title with its mean error.
        rows: images (N, C, H, W) by their label.
        errors: of each column, (N,).
        below: what stands below the error of each column.
    """
    ranks = error_ranks(errors, SHOWN)
    above = [""] * len(ranks)
    above[len(ranks) // 2], above[-1], above[0] = "median", "worst", "best"
    return ImageBlock(
        title=f"{name}: mean error {errors.mean():#.2g}",
        rows=[images[ranks] for images in rows.values()],
        labels=list(rows),
        above=above,
        below=[f"{errors[at]:#.2g}" + (f"\n{below[at]}" if below else "") for at in ranks],
    )


def squared_errors(images: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The squared error (N,) of images (N, C, H, W), averaged over channels and pixels."""
    return np.asarray(np.square(images - truth).reshape(len(truth), -1).mean(axis=1))


def error_ranks(errors: np.ndarray, most: int) -> np.ndarray:
    """At most so many places in errors (N,): the best, the worst, and some evenly between them by rank."""
    order = np.argsort(errors, kind="stable")
    return order[np.rint(np.linspace(0, len(order) - 1, min(most, len(order)))).astype(np.int64)]

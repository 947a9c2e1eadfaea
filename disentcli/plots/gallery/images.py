"""Figures of decoded images: reconstructions, samples, interpolations, swaps; and the use of codebooks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from ...data.splits.splits import subsample_evenly
from ...errors import Unsupported
from ...latents.discrete import DiscreteLatent, perplexity
from ...registry import figure
from ..drawing import PAGE, SEQUENTIAL, new_figure, paper_style, set_title
from ..figure_context import FigureContext
from ..image_grids import ACROSS, reconstruction_figure, sample_figure, tile_figure
from ..render_figures import StaticFigure
from ..sample_images import interpolations, reconstructions, samples, swaps

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POOL = 2000  # images among which those to interpolate between or to swap latents of are drawn
PAIRS, STEPS = 6, 8  # interpolations, and images of each
RECONSTRUCTION_ROWS, SAMPLE_ROWS = 2, 6
# images changed, images that give latents, groups of latents
SOURCES, DONORS, MAX_GROUPS = 2, 8, 16
LEAST_SHARE = 0.5  # of images, at the top of the scale of a codebook's use
CODEBOOK_HEIGHT, MAX_LABELS = 0.24, 36  # inches of a latent's row, labelled rows


@figure("reconstructions")
def draw_reconstructions(context: FigureContext) -> list[StaticFigure]:
    """Images of the split, their reconstructions and where the two differ."""
    across, down = context.options.columns or ACROSS, context.options.rows or RECONSTRUCTION_ROWS
    found = reconstructions(context.inference, context.indices, across * down)
    picture = reconstruction_figure(found["inputs"], found["outputs"], across)
    return [StaticFigure("reconstructions", picture)]


@figure("samples")
def draw_samples(context: FigureContext) -> list[StaticFigure]:
    """New images from the prior, or from the sampler that the run was trained with."""
    across, down = context.options.columns or ACROSS, context.options.rows or SAMPLE_ROWS
    images, source = samples(context.inference, context.seed, across * down)
    return [StaticFigure("samples", sample_figure(images, source, across))]


@figure("interpolations")
def draw_interpolations(context: FigureContext) -> list[StaticFigure]:
    """On the line between the codes of two images of the split, beside the images themselves."""
    pairs, steps = context.options.rows or PAIRS, context.options.columns or STEPS
    drawn = _draw_indices(context, 2 * pairs)
    starts, ends = np.array_split(drawn[: len(drawn) // 2 * 2], 2)
    between = interpolations(context.inference, starts, ends, steps)
    first, last = (context.inference.images(indices).cpu().numpy() for indices in (starts, ends))
    rows = [np.concatenate([a[None], row, b[None]]) for a, row, b in zip(first, between, last, strict=True)]
    picture = tile_figure(
        rows,
        [f"pair {number}" for number in range(1, len(rows) + 1)],
        title="Interpolations",
        columns=["input", *_ends_of(steps), "input"],
        foot="of a discrete latent, the codes nearest to the line" if context.latent.discrete else "",
    )
    return [StaticFigure("interpolations", picture)]


def _ends_of(steps: int) -> list[str]:
    """What stands above so many images between two: the first and the last are decoded from the codes."""
    labels = [""] * steps
    labels[0] = labels[-1] = "code"
    return labels


@figure("swaps")
def draw_swaps(context: FigureContext) -> Iterator[StaticFigure]:
    """What each group of latents carries: source × donors; groups are those of the decoder's layers."""
    context.check_decoder()
    groups = context.groups
    if len(groups) > MAX_GROUPS:
        single = len(groups[0]) == 1
        groups = [[int(d)] for d in context.most_varying(MAX_GROUPS)] if single else groups[:MAX_GROUPS]
    elif context.options.latents:
        groups = [[d] for d in context.options.latents]
    drawn = _draw_indices(context, SOURCES + (context.options.columns or DONORS))
    count = min(SOURCES, len(drawn) - 1)
    sources = drawn[:count] if context.options.base is None else [context.options.base]
    for number, source in enumerate(sources, start=1):
        found = swaps(context.inference, int(source), drawn[count:], groups)
        blank = np.ones_like(found["source"]) if found["source"].ndim == 3 else found["source"] * np.nan
        rows = [np.concatenate([blank[None], found["donors"]])]
        rows += [np.concatenate([found["source"][None], row]) for row in found["images"]]
        picture = tile_figure(
            rows,
            ["donors", *(_group_label(group) for group in groups)],
            title="Latents swapped",
            foot="each row takes the latents beside it from the donor above, the others from the source",
            columns=["source", *[""] * len(found["donors"])],
        )
        yield StaticFigure(f"swaps_{number}", picture)


def _draw_indices(context: FigureContext, count: int) -> np.ndarray:
    """At most so many images of the split, drawn without replacement."""
    rng = np.random.default_rng(context.seed)
    return rng.permutation(subsample_evenly(context.indices, POOL))[:count]


def _group_label(group: list[int]) -> str:
    return f"z{group[0]}" if len(group) == 1 else f"z{group[0]}–z{group[-1]}"


@figure("codebooks")
def draw_codebooks(context: FigureContext) -> list[StaticFigure]:
    """The share of images that have each value of each latent, and how many values are used in effect."""
    if not isinstance(context.latent, DiscreteLatent):
        raise Unsupported("the latent is continuous: it has no codebooks")
    codes = torch.from_numpy(context.codes).to(context.inference.device)
    usage = context.latent.usage(codes).cpu()
    picture = usage_figure(usage.numpy(), context.latent.sizes, perplexity(usage).numpy())
    return [StaticFigure("codebooks", picture)]


@paper_style()
def usage_figure(usage: np.ndarray, sizes: tuple[int, ...], perplexities: np.ndarray) -> Figure:
    """Counts (D, V) as shares, each latent's most frequent value first; blank where there are fewer."""
    shares = -np.sort(-usage / usage.sum(axis=1, keepdims=True), axis=1)
    shares = np.where(np.arange(usage.shape[1]) < np.array(sizes)[:, None], shares, np.nan)
    most = max(int((usage > 0).sum(axis=1).max()), 2)
    figure = new_figure(PAGE, 1.3 + min(CODEBOOK_HEIGHT * len(usage), 7.0))
    axes = figure.add_subplot()
    image = axes.imshow(
        shares[:, :most],
        cmap=SEQUENTIAL,
        vmin=0,
        vmax=max(float(np.nanmax(shares)), LEAST_SHARE),
        aspect="auto",
        interpolation="nearest",
        extent=(0.5, most + 0.5, len(usage) - 0.5, -0.5),
    )
    labels = [f"z{d}: {n:.1f} of {size}" for d, (n, size) in enumerate(zip(perplexities, sizes, strict=True))]
    every = -(-len(labels) // MAX_LABELS)
    axes.set_yticks(range(0, len(labels), every), labels[::every])
    axes.locator_params(axis="x", integer=True)
    axes.set(xlabel="value of the codebook, the most frequent first", ylabel="latent: values used in effect")
    axes.tick_params(length=0)
    figure.colorbar(image, ax=axes, label="share of images")
    unused = f"; no latent has more than {most} values" if most < max(sizes) else ""
    foot = f"values used in effect: the perplexity of a latent's values{unused}"
    set_title(figure, "Use of the codebooks", foot)
    return figure

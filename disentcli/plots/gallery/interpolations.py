"""Interpolations between the codes of two images."""

from __future__ import annotations

import numpy as np

from ...data.splits.splits import subsample_evenly
from ...registry import figure
from ..figure_context import FigureContext
from ..image_grids import tile_figure
from ..render_figures import Still
from ..sample_images import interpolations

PAIRS, STEPS = 6, 8


@figure("interpolations")
def draw_interpolations(subject: FigureContext) -> list[Still]:
    """On the line between the codes of two images of the split, beside the images themselves."""
    rng = np.random.default_rng(subject.seed)
    drawn = rng.permutation(subsample_evenly(subject.indices, 2000))[: 2 * PAIRS]
    starts, ends = np.array_split(drawn[: len(drawn) // 2 * 2], 2)
    between = interpolations(subject.inference, starts, ends, STEPS)
    first, last = (subject.inference.images(places).cpu().numpy() for places in (starts, ends))
    rows = [np.concatenate([a[None], row, b[None]]) for a, row, b in zip(first, between, last, strict=True)]
    columns = ["input", "code", *[""] * (STEPS - 2), "code", "input"]
    foot = "of a discrete latent, the codes nearest to the line" if subject.latent.discrete else ""
    labels = [f"pair {number}" for number in range(1, len(rows) + 1)]
    return [
        Still("interpolations", tile_figure(rows, labels, title="Interpolations", columns=columns, foot=foot))
    ]

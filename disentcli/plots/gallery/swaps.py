"""Swapping: an image with one group of its latents after the other taken from other images."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...data.splits.splits import subsample_evenly
from ...registry import figure
from ..figure_context import FigureContext
from ..image_grids import tile_figure
from ..render_figures import Still
from ..sample_images import swaps

SOURCES, DONORS, MOST = 2, 8, 16  # images changed, images that give, groups


@figure("swaps")
def draw_swaps(subject: FigureContext) -> Iterator[Still]:
    """What each group of latents carries: source × donors; groups are those of the decoder's layers."""
    groups = subject.groups
    if len(groups) > MOST:
        groups = [[int(d)] for d in subject.widest(MOST)] if len(groups[0]) == 1 else groups[:MOST]
    *sources, donors = _chosen(subject)
    for number, source in enumerate(sources, start=1):
        found = swaps(subject.inference, int(source), donors, groups)
        blank = np.ones_like(found["source"]) if found["source"].ndim == 3 else found["source"] * np.nan
        rows = [np.concatenate([blank[None], found["donors"]])]
        rows += [np.concatenate([found["source"][None], row]) for row in found["images"]]
        labels = ["donors", *(_named(group) for group in groups)]
        yield Still(
            f"swaps_{number}",
            tile_figure(
                rows,
                labels,
                title="Latents swapped",
                foot="each row takes the latents beside it from the donor above, the others from the source",
                columns=["source", *[""] * len(donors)],
            ),
        )


def _chosen(subject: FigureContext) -> list[np.ndarray]:
    """The sources, and after them all donors, drawn from the split without repetition where it suffices."""
    rng = np.random.default_rng(subject.seed)
    drawn = rng.permutation(subsample_evenly(subject.indices, 2000))[: SOURCES + DONORS]
    cut = min(SOURCES, len(drawn) - 1)
    return [*drawn[:cut], drawn[cut:]]


def _named(group: list[int]) -> str:
    return f"z{group[0]}" if len(group) == 1 else f"z{group[0]}–z{group[-1]}"

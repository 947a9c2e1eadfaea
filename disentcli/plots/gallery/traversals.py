"""Traversals as a grid: a row for each latent."""

from __future__ import annotations

from ...registry import figure
from ..evaluation_figures import traversal_figure
from ..figure_context import FigureContext
from ..render_figures import Still
from ..sample_images import traversals
from ..traversal_ranges import described

MOST = 20  # latents


@figure("traversals")
def draw_traversals(subject: FigureContext) -> list[Still]:
    """Each latent on its way through --range, from one typical image; a discrete one through its values."""
    found = traversals(subject.inference, subject.indices, subject.range, subject.seed)
    shown = subject.widest(MOST)
    picture = traversal_figure(
        found["images"][shown],
        found["ranges"][shown],
        base=found["base"],
        latents=shown.tolist(),
        foot=f"each latent through {described(subject.latent, subject.range)}{chosen(len(shown), subject)}",
    )
    return [Still("traversals", picture)]


def chosen(shown: int, subject: FigureContext) -> str:
    """What is to be said where not all latents are shown."""
    dims = subject.codes.shape[1]
    return "" if shown == dims else f"; the {shown} of {dims} latents whose codes deviate most"

"""Traversals as a grid: a row for each latent."""

from __future__ import annotations

from ...registry import figure
from ..examples import traversals
from ..figures import traversal_figure
from ..spans import described
from .hanging import Still
from .subject import Subject

MOST = 20  # latents


@figure("traversals")
def draw_traversals(subject: Subject) -> list[Still]:
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


def chosen(shown: int, subject: Subject) -> str:
    """What is to be said where not all latents are shown."""
    dims = subject.codes.shape[1]
    return "" if shown == dims else f"; the {shown} of {dims} latents whose codes deviate most"

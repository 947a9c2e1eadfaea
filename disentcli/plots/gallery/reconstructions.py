"""Reconstructions with error maps."""

from __future__ import annotations

from ...registry import figure
from ..evaluation_figures import reconstruction_figure
from ..figure_context import FigureContext
from ..render_figures import Still
from ..sample_images import reconstructions


@figure("reconstructions")
def draw_reconstructions(subject: FigureContext) -> list[Still]:
    """Images of the split, their reconstructions and where the two differ."""
    found = reconstructions(subject.inference, subject.indices)
    return [Still("reconstructions", reconstruction_figure(found["inputs"], found["outputs"]))]

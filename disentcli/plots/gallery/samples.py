"""New images."""

from __future__ import annotations

from ...registry import figure
from ..evaluation_figures import sample_figure
from ..figure_context import FigureContext
from ..render_figures import Still
from ..sample_images import samples


@figure("samples")
def draw_samples(subject: FigureContext) -> list[Still]:
    """New images from the prior, or from the sampler that the run was trained with."""
    images, source = samples(subject.inference, subject.seed)
    return [Still("samples", sample_figure(images, source))]

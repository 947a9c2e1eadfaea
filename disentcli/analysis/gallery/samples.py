"""New images."""

from __future__ import annotations

from ...registry import figure
from ..examples import samples
from ..figures import sample_figure
from .hanging import Still
from .subject import Subject


@figure("samples")
def draw_samples(subject: Subject) -> list[Still]:
    """New images from the prior, or from the sampler that the run was trained with."""
    images, source = samples(subject.inference, subject.seed)
    return [Still("samples", sample_figure(images, source))]

"""Reconstructions with error maps."""

from __future__ import annotations

from ...registry import figure
from ..examples import reconstructions
from ..figures import reconstruction_figure
from .hanging import Still
from .subject import Subject


@figure("reconstructions")
def draw_reconstructions(subject: Subject) -> list[Still]:
    """Images of the split, their reconstructions and where the two differ."""
    found = reconstructions(subject.inference, subject.indices)
    return [Still("reconstructions", reconstruction_figure(found["inputs"], found["outputs"]))]

"""Draws the figures that a run supports, and says why the others are left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import CallError, Unsupported
from ..registry import catalog
from .animation import render_frames, save_gif
from .drawing import AS_DRAWN, FORMATS, FigureStyle, save_formats
from .figure_context import FigureContext

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class StaticFigure:
    """A picture by its name, to be saved in every format asked for."""

    name: str
    figure: Figure


@dataclass(frozen=True)
class Animation:
    """An animation by its name: a figure whose first image shows one canvas (H, W[, 3]) after another."""

    name: str
    figure: Figure
    canvases: Sequence[np.ndarray]


LONGEST_NAME = 100  # letters of a file's name without its ending

Draw = Callable[[FigureContext], Iterable[StaticFigure | Animation]]


def figure_names() -> list[str]:
    """All figures that there are."""
    return [entry.name for entry in catalog.entries("figure")]


def find_figures(names: Sequence[str]) -> dict[str, Draw]:
    """The figures of these names; CallError, with the nearest ones, for a name that there is not."""
    return {name: catalog.resolve("figure", name) for name in names}


def check_formats(formats: Sequence[str]) -> None:
    """Raise CallError for a format that figures cannot be saved in."""
    for one in formats:
        if one not in FORMATS:
            raise CallError(f"--formats {one}: figures are saved as {', '.join(FORMATS)}")


def render(
    context: FigureContext,
    figures: dict[str, Draw],
    folder: Path,
    formats: Sequence[str],
    style: FigureStyle = AS_DRAWN,
) -> tuple[list[Path], dict[str, str]]:
    """Draw these figures into the folder; the files, and why each figure that is missing was left out."""
    paths: list[Path] = []
    left_out: dict[str, str] = {}
    for name, draw in figures.items():
        try:
            drawings = list(draw(context))
        except Unsupported as reason:
            left_out[name] = str(reason)
            continue
        for drawing in drawings:
            paths += save_in_formats(drawing, folder, formats, style)
    return paths, left_out


def save_in_formats(
    drawing: StaticFigure | Animation,
    folder: Path,
    formats: Sequence[str],
    style: FigureStyle = AS_DRAWN,
) -> list[Path]:
    """The files of a figure: one a format, or a GIF where it moves."""
    name = file_name(drawing.name)
    if isinstance(drawing, Animation):
        frames = render_frames(drawing.figure, drawing.canvases, style)
        return [save_gif(frames, folder / f"{name}.gif")]
    return save_formats(drawing.figure, folder, name, formats, style)


def file_name(name: str) -> str:
    """A figure's name as that of a file: others than letters, digits and - _ . + = are written as their code.

    >>> file_name("scatter_hue"), file_name("scatter_m/s")
    ('scatter_hue', 'scatter_m~2fs')
    """
    escaped = re.sub(r"[^\w.+=-]", lambda found: f"~{ord(found[0]):x}", name)
    if len(escaped) <= LONGEST_NAME:
        return escaped
    return f"{escaped[: LONGEST_NAME - 8]}{hashlib.sha256(name.encode()).hexdigest()[:8]}"

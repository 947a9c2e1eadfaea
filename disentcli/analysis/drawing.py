"""Matplotlib without global state: figures made, and saved whole, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..atomic import atomic_file
from ..errors import DisentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 150


def new_figure(width: float, height: float) -> Figure:
    """An empty figure, in inches, that makes room for its labels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG, atomically; no date or version goes into it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DisentError(f"cannot make the folder {path.parent} for figures: {error.strerror}") from error
    with atomic_file(path) as file:
        figure.savefig(file, format="png", dpi=DPI, bbox_inches="tight", metadata={"Software": None})
    return path

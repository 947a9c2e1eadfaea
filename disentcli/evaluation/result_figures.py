"""Figures of a file of scores: the matrices that its metrics stored, without a model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CallError, DisentError
from ..plots.gallery.matrices import varying_factors
from ..plots.matrices import heat_map, hinton_diagram
from ..plots.metric_arrays import AxisLabels, is_matched, labelled_matrices
from ..plots.render_figures import StaticFigure, save_in_formats
from ..runs.figures import begin_pictures
from ..runs.result_file import ResultFile
from ..runs.results import read_arrays, read_results
from .figure_selection import read_figures, read_style

if TYPE_CHECKING:
    from ..config.settings import Settings

OF_A_RUN = (
    "checkpoint",
    "mode",
    "representation",
    "map-latents",
    "map-factors",
    "range",
    "rows",
    "columns",
    "latents",
    "base",
)
FIGURE = "matrices"  # the only one that needs no model


def draw_result_file(settings: Settings, file: Path) -> int:
    """Draw what the scores of codes in a file have stored, into the folder of its name beside it."""
    for key in OF_A_RUN:
        if settings.has(key):
            raise CallError(f"--{key} is of a run; {file.name} holds the scores of codes in a file")
    scores, style = ResultFile(file), read_style(settings)
    figures, _, formats = read_figures(settings)
    (of_scores,) = scores.idents()
    ident = settings.get("ident") or of_scores
    if settings.has("only") and FIGURE not in figures:
        raise CallError(f"--only {', '.join(figures)}: a file of scores has {FIGURE} alone")
    folder = scores.path / "figures" / ident
    begin_pictures(folder, {"evaluation": file.name})
    drawings = _matrices(scores, of_scores)
    paths = [path for one in drawings for path in save_in_formats(one, folder, formats, style)]
    if not paths:
        raise DisentError(f"no metric of {file} has stored a matrix; --metrics mig,dci do")
    names = list(dict.fromkeys(path.stem for path in paths))
    print(f"figures: {folder} ({', '.join(names)})")
    return 0


def _matrices(scores: ResultFile, ident: str) -> Iterator[StaticFigure]:
    settings = read_results(scores, ident).settings
    labels = AxisLabels(int(settings.get("latents") or 0), varying_factors(settings))
    for name, matrix in labelled_matrices(read_arrays(scores, ident), labels):
        yield StaticFigure(name, heat_map(matrix))
        if is_matched(matrix):
            yield StaticFigure(f"{name}_hinton", hinton_diagram(matrix))

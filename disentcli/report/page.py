"""The page: a head for the set of runs, a section for each, all in less than five megabytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from markupsafe import Markup

from ..atomic_io import write_atomic
from ..errors import CallError
from ..file_lock import FileLock
from ..methods.inference import Inference
from ..runs.links import refuse_links
from ..runs.records import read_scalars
from ..runs.result_file import ResultFile
from ..runs.run import Run
from ..tables.score_tables import data_notes
from . import run_tables
from .curves import render_curves
from .embedded_figures import render_figures
from .slider import render_slider
from .templating import render, render_page

LIMIT = 5_000_000  # bytes of a page
FRAME = 60_000  # of them for the head, the style and the script
MAX_RUNS = 60  # on one page; more leave too little for each
CURVES_SHARE = 0.25  # of a run's bytes
SLIDER_SHARE = 0.45  # of what the tables leave of a run's bytes
SLIDER_MOST = 1_500_000

ModelOf = Callable[[Run], tuple[Inference, np.ndarray, str]]


def write_report(
    path: str | Path, runs: Sequence[Run], *, title: str = "", model_of: ModelOf | None = None
) -> Path:
    """One self-contained page: of several runs their scores side by side, of each all there is to see.

    Args:
        path: the file to write.
        runs: the runs to report on, 60 at most.
        title: of the page; by default the run's name, or how many runs they are.
        model_of: opens a run's model, with the indices of the images that may be base images of its slider,
            and what a reader must know of its data, or "". Without it there is no slider; a DisentError of
            it becomes the reason why a run has none.

    Raises:
        CallError: there are too many runs for one page, or their tables alone are too large.
        DisentError: another process writes this page.
    """
    check_count(len(runs))
    for run in runs:
        if not isinstance(run, ResultFile):
            refuse_links(run.path)
    path = Path(path)
    with FileLock(path.with_name(f".{path.name}.lock"), str(path), "wait for it"):
        write_atomic(path, _page(runs, title, model_of))
    return path


def _page(runs: Sequence[Run], title: str, model_of: ModelOf | None) -> str:
    title = title or (runs[0].name if len(runs) == 1 else f"{len(runs)} runs")
    overview = _overview(title, runs)
    budget = (LIMIT - FRAME - _size(overview)) // len(runs)
    sections = [_section(n, run, model_of, budget, alone=len(runs) == 1) for n, run in enumerate(runs)]
    text = render_page(title, Markup("\n").join([overview, *sections]))
    if _size(text) > LIMIT:
        raise CallError(
            f"the tables of these {len(runs)} runs alone take {_size(text):,} bytes; report fewer"
        )
    return text


def check_count(count: int) -> None:
    """Raise CallError where one page could not show so many runs."""
    if count > MAX_RUNS:
        raise CallError(
            f"one page shows at most {MAX_RUNS} runs, not {count}; leave --out away for a page each"
        )


def _size(text: str) -> int:
    return len(text.encode())


def _overview(title: str, runs: Sequence[Run]) -> Markup:
    if len(runs) == 1:
        return render("overview.html", title=title, runs=runs)
    scores, notes = run_tables.render_comparison(runs), data_notes(runs)
    return render("overview.html", title=title, runs=runs, scores=scores, notes=notes)


def _section(number: int, run: Run, model_of: ModelOf | None, budget: int, *, alone: bool) -> Markup:
    """One run in so many characters: tables and curves whole, then the slider, then the figures."""
    parts = {
        "config": run_tables.render_config(run),
        "environment": run_tables.render_environment(run),
        "scores": run_tables.render_scores(run),
        "curves": render_curves(read_scalars(run.records), int(budget * CURVES_SHARE)),
    }
    budget -= sum(map(_size, parts.values())) + 2_000
    slider = Markup()
    if model_of is not None:
        share = min(int(budget * SLIDER_SHARE), SLIDER_MOST)
        slider = render_slider(f"run-{number}", partial(model_of, run), share)
    figures = render_figures(run, budget - _size(slider))
    status = run_tables.render_status(run)
    parts |= {"slider": slider, "figures": figures, "status": status}
    return render("run.html", run=run, number=number, alone=alone, **parts)

"""The page: a head for the set of runs, a section for each, all in less than five megabytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from ..atomic_io import write_atomic
from ..console.follow_up import with_program
from ..errors import CallError, DisentError
from ..file_lock import FileLock
from ..methods.inference import Inference
from ..plots.gallery.curves import stage_switches
from ..runs.links import refuse_links
from ..runs.records import read_scalars
from ..runs.result_file import ResultFile
from ..runs.run import Run
from ..tables.score_tables import data_notes
from . import run_tables
from .curves import render_curves
from .embedded_figures import EmbeddedFigure, embed_figures
from .run_figures import run_figures
from .slider import Opened, first_picture, render_slider
from .summary import summarize, title_of
from .templating import render, render_page
from .traversal_frames import traverse

LIMIT = 5_000_000  # bytes of a page
FRAME = 80_000  # of them for the head, the style and the script
MAX_RUNS = 60  # on one page; more leave too little for each
CURVES_SHARE = 0.15  # of a run's bytes
SLIDER_SHARE = 0.45  # of what the tables leave of a run's bytes
SLIDER_MOST = 2_000_000
CROWDED = 300_000  # bytes of a run, below which its slider has FEW pictures
FEW = {"pool": 150, "bases": 2}
NO_FIGURES = "No figures yet: `fig eval`, `fig eval-metrics` and `fig figures` draw them."

ModelOf = Callable[[Run], tuple[Inference, np.ndarray, str]]


def write_report(
    path: str | Path, runs: Sequence[Run], *, title: str = "", model_of: ModelOf | None = None
) -> Path:
    """One self-contained page: of several runs their scores side by side, of each all there is to see.

    Args:
        path: the file to write.
        runs: the runs to report on, 60 at most.
        title: of the page; by default what was trained on what, or how many runs they are.
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
    title = title or (title_of(runs[0]) if len(runs) == 1 else f"{len(runs)} runs")
    overview = _overview(title, runs)
    budget = (LIMIT - FRAME - _size(overview)) // len(runs)
    sections = [_section(n, run, model_of, budget, title) for n, run in enumerate(runs)]
    body = render("body.html", title=title, runs=runs, overview=overview, sections=sections)
    text = render_page(title, body)
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
    """Of several runs, their scores side by side; of one run nothing, for its section says all."""
    if len(runs) == 1:
        return Markup()
    return render(
        "overview.html",
        title=title,
        comparison=run_tables.render_headlines(runs),
        scores=run_tables.render_comparison(runs),
        notes=data_notes(runs),
    )


def _curves(run: Run, inference: Inference | None, budget: int) -> Markup:
    """The training curves; where the model could be opened, with a mark where a stage begins."""
    records = read_scalars(run.records)
    last = max((int(one["step"]) for one in records), default=0)
    switches = {} if inference is None else stage_switches(inference.model.stage, last)
    return render_curves(records, budget, switches)


def _section(number: int, run: Run, model_of: ModelOf | None, budget: int, title: str) -> Markup:
    """One run in so many characters: tables and curves whole, then the slider, then the figures."""
    has_model = model_of is not None and not isinstance(run, ResultFile)
    opened = _open(model_of, run, crowded=budget < CROWDED) if has_model else None
    inference = opened.inference if isinstance(opened, Opened) else None
    parts = {
        "status": run_tables.render_status(run),
        "config": run_tables.render_config(run),
        "environment": run_tables.render_environment(run),
        "scores": run_tables.render_scores(run),
        "curves": _curves(run, inference, int(budget * CURVES_SHARE)),
    }
    budget -= sum(map(_size, parts.values())) + 4_000
    parts["slider"] = Markup()
    if opened is not None:
        share = min(int(budget * SLIDER_SHARE), SLIDER_MOST)
        parts["slider"] = render_slider(f"run-{number}", opened, share)
    hero, parts["figures"] = _figures(number, run, opened, budget - _size(parts["slider"]))
    return render(
        "run.html",
        run=run,
        number=number,
        title=title,
        is_run=not isinstance(run, ResultFile),
        summary=summarize(run, inference),
        hero=hero,
        **parts,
    )


def _open(model_of: ModelOf | None, run: Run, *, crowded: bool) -> Opened | str:
    """The run's model with its traversals, few of them where there is little room; or why there are none."""
    assert model_of is not None
    try:
        inference, indices, note = model_of(run)
        traversal = traverse(inference, indices, **(FEW if crowded else {}))
        return Opened(inference, traversal, note)
    except DisentError as error:
        return str(error)


def _figures(
    number: int, run: Run, opened: Opened | str | None, budget: int
) -> tuple[EmbeddedFigure | None, Markup]:
    """The picture of the first screen, and the gallery of all others, in so many characters."""
    entries = run_figures(run)
    figures, left_out = embed_figures(entries, budget)
    if not figures and isinstance(opened, Opened):
        figures = [first_picture(opened.traversal)]
    if not entries:
        gallery = render("paragraph.html", lines=[with_program(NO_FIGURES)], kind="reason")
    else:
        names = [entry.title for entry in left_out]
        gallery = render("figures.html", figures=figures[1:], left_out=names, prefix=f"run-{number}")
    return (figures[0] if figures else None), gallery

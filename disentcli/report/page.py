"""The page: a head for the set of runs, a section for each, all in less than five megabytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from ..atomic_io import write_atomic
from ..errors import CallError
from ..methods.inference import Inference
from ..runs.records import read_scalars
from ..runs.run import Run
from ..tables.score_tables import data_notes
from . import run_tables
from .curves import charts
from .document import document
from .embedded_figures import gallery
from .markup import Markup, joined, tag
from .scores import compared, score_tables
from .slider import slider

LIMIT = 5_000_000  # bytes of a page
FRAME = 60_000  # of them for the head, the style and the script
RUNS = 60  # on one page; more leave too little room for each
CURVES_SHARE = 0.25  # of a run's room
SLIDER_SHARE = 0.45  # of what the tables leave of a run's room
SLIDER_MOST = 1_500_000

ModelOf = Callable[[Run], tuple[Inference, np.ndarray, str]]


def write_report(
    path: str | Path, runs: Sequence[Run], *, title: str = "", model_of: ModelOf | None = None
) -> Path:
    """One self-contained page: of several runs their scores side by side, of each all there is to see.

    model_of: opens a run's model, with the indices of the images that may be base images of its slider, and
        what a reader must know of its data, or ""; without it there is no slider. A DisentError of it becomes
        the reason why a run has none.

    Raises:
        CallError: there are too many runs for one page, or their tables alone are too large.
    """
    check_count(len(runs))
    title = title or (runs[0].name if len(runs) == 1 else f"{len(runs)} runs")
    head = _head(title, runs)
    room = (LIMIT - FRAME - _size(head)) // len(runs)
    sections = [_section(n, run, model_of, room, alone=len(runs) == 1) for n, run in enumerate(runs)]
    text = document(title, joined([head, *sections]))
    if _size(text) > LIMIT:
        raise CallError(
            f"the tables of these {len(runs)} runs alone take {_size(text):,} bytes; report fewer"
        )
    write_atomic(path, text)
    return Path(path)


def check_count(count: int) -> None:
    """Raise CallError where one page could not show so many runs."""
    if count > RUNS:
        raise CallError(f"one page shows at most {RUNS} runs, not {count}; leave --out away for a page each")


def _size(text: str) -> int:
    return len(text.encode())


def _head(title: str, runs: Sequence[Run]) -> Markup:
    if len(runs) == 1:
        return tag("h1", title)
    links = (
        tag("li", tag("a", run.name, on={"href": f"#run-{n}"}), f" {run.status()}")
        for n, run in enumerate(runs)
    )
    return joined(
        [
            tag("h1", title),
            tag("nav", tag("ul", *links), on={"aria-label": "Runs"}),
            tag("h2", "Scores"),
            compared(runs),
            *(tag("p", note, on={"class": "reason"}) for note in data_notes(runs)),
        ]
    )


def _section(number: int, run: Run, model_of: ModelOf | None, room: int, *, alone: bool) -> Markup:
    """One run in so many characters: tables and curves whole, then the slider, then the figures."""
    heading = "h2" if alone else "h3"
    config, environment = run_tables.config(run), run_tables.environment(run)
    scores = joined([tag(heading, "Scores"), score_tables(run)])
    curves = joined(
        [tag(heading, "Training"), _key(), charts(read_scalars(run.records), int(room * CURVES_SHARE))]
    )
    room -= sum(map(_size, (config, environment, scores, curves))) + 2_000
    moves = Markup()
    if model_of is not None:
        share = min(int(room * SLIDER_SHARE), SLIDER_MOST)
        moves = joined([tag(heading, "Traversal"), slider(f"run-{number}", partial(model_of, run), share)])
    figures = joined([tag(heading, "Figures"), gallery(run, room - _size(moves))])
    parts = [run_tables.state(run), scores, curves, moves, figures, config, environment]
    if alone:
        return tag("main", *parts)
    summary = tag("summary", tag("h2", run.name, on={"id": f"run-{number}"}))
    return tag("details", summary, *parts, on={"open": ""} if number == 0 else None)


def _key() -> Markup:
    train = tag("span", "training", on={"class": "train-key"})
    return tag(
        "p",
        train,
        " solid, ",
        tag("span", "validation", on={"class": "val-key"}),
        " dashed",
        on={"class": "reason"},
    )

"""What a run is and how it scored, as tables: its status, config, environment and results."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ..console.follow_up import with_program
from ..errors import DisentError
from ..runs.results import Results, idents, read_results
from ..runs.run import Run
from ..tables.grouping import measured_differently
from ..tables.score_tables import compare_runs, score_lines
from ..tables.table import NULL, runs_as_columns, score_text
from .summary import MOST_SCORES, headlines, title_of
from .templating import render

SHOWN_ABOVE = ("schema", "name", "status", "step", "budget")
NO_RESULTS = "No results yet: `fig eval` and `fig eval-metrics` make them."


def render_status(run: Run) -> Markup:
    """The run's status and step, and what ended it if it failed."""
    info = run.info()
    step, budget = int(info.get("step") or 0), info.get("budget")
    progress = f" at step {step:,}" + (f" of {budget:,}" if isinstance(budget, int) else "")
    path = run.path / "error.txt"
    error = path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else None
    return render("status.html", status=run.status(), progress=progress, error=error)


def render_config(run: Run) -> Markup:
    """The values in use, a table for each part of the config."""
    values = run.config()
    parts = {key: value for key, value in values.items() if isinstance(value, Mapping)}
    root = {key: value for key, value in values.items() if key not in parts}
    tables = {name: list(value_rows(part)) for name, part in [("run", root), *parts.items()]}
    return render("values.html", title="Config", command="", tables=tables)


def render_environment(run: Run) -> Markup:
    """What run.json says, the command line in front."""
    info = {key: value for key, value in run.info().items() if key not in SHOWN_ABOVE}
    command = info.pop("command", None) or ""
    words = shlex.join(map(str, command)) if isinstance(command, list) else str(command)
    tables = {"run.json": list(value_rows(info))}
    return render("values.html", title="Environment", command=words, tables=tables)


def value_rows(node: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Dotted keys and their values; a component's name has the key of the component.

    >>> list(value_rows({"model": {"_type": "vae", "hidden": [64, 32]}, "seed": None}))
    [('model', 'vae'), ('model.hidden', '64, 32'), ('seed', '–')]
    """
    for key, value in node.items():
        path = above if key == "_type" and above else f"{above}.{key}" if above else str(key)
        if isinstance(value, Mapping) and value:
            yield from value_rows(value, path)
        else:
            yield path, _value_text(value)


def _value_text(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return "–"
    if isinstance(value, list):
        return ", ".join(map(_value_text, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def render_scores(run: Run) -> Markup:
    """A table for each ident: every score, its spread over repeats, the reason where it is null; warnings."""
    found = idents(run)
    if not found:
        return render("paragraph.html", lines=[with_program(NO_RESULTS)], kind="")
    return render("scores.html", results=[_readable(run, ident) for ident in found])


def _readable(run: Run, ident: str) -> dict[str, Any]:
    """What the template shows of the results of one ident, or why they cannot be read."""
    try:
        results = read_results(run, ident)
    except DisentError as error:
        return {"error": str(error)}
    header, *rows = score_lines(results.scores, results.repeats)
    metrics = [(metric, value) for metric, scores in results.scores.items() for value in scores.values()]
    for row, (metric, value) in zip(rows, metrics, strict=True):
        if value is None and metric in results.reasons:
            row[1] = (row[1], results.reasons[metric])
    return {"error": "", "ident": ident, "header": header, "rows": rows, "notes": _notes(results)}


def _notes(results: Results) -> list[str]:
    """What could not be measured at all, what to know of the scores, and how they were measured."""
    with_reason = {metric for metric, scores in results.scores.items() if None in scores.values()}
    notes = [f"No {name}: {why}" for name, why in results.reasons.items() if name not in with_reason]
    notes += [f"Warning: {name}: {why}" for name, texts in results.warnings.items() for why in texts]
    plain = {
        key.replace("_", " "): _value_text(value)
        for key, value in results.settings.items()
        if not isinstance(value, (dict, list)) and value is not None
    }
    return [*notes, ", ".join(f"{key} {value}" for key, value in plain.items())] if plain else notes


def render_headlines(runs: Sequence[Run]) -> Markup:
    """The first table of several runs: what each is, how far it is, and the scores that matter."""
    rows: list[dict[str, Any]] = [
        {"run": run, "title": title_of(run), "scores": headlines(run)} for run in runs
    ]
    names = list(dict.fromkeys(score.name for row in rows for score in row["scores"]))[:MOST_SCORES]
    for row in rows:
        row["cells"] = [{one.name: one.value for one in row["scores"]}.get(name, NULL) for name in names]
    return render("headlines.html", names=names, rows=rows)


def render_comparison(runs: Sequence[Run]) -> Markup:
    """All scores of all runs: a column a run, or a row a run where there are many."""
    names, found = compare_runs(runs)
    if not names:
        return render("paragraph.html", lines=[with_program(NO_RESULTS)], kind="")
    lines = [["score", *(run.name for run in runs)]]
    lines += [[name, *(score_text(one.get(name)) for one in found)] for name in names]
    header, *rows = runs_as_columns(lines)
    return render("comparison.html", header=header, rows=rows, notes=measured_differently(runs))

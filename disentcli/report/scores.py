"""Scores as tables: one for each evaluation of a run, and one of all runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import DisentError
from ..runs.results import Results, idents, read_results
from ..runs.run import Run
from ..tables.grouping import measured_differently
from ..tables.score_tables import compare_runs
from ..tables.table import score_text
from .markup import Markup, joined, table, tag

SIDE_BY_SIDE = 4  # runs that fit beside each other; more become rows
SPREAD = ("std", "low", "high")
NO_RESULTS = "No results yet: `fig eval` and `fig eval-metrics` make them."


def score_tables(run: Run) -> Markup:
    """A table for each ident: every score, its spread over repeats, the reason where it is null; warnings."""
    found = idents(run)
    if not found:
        return tag("p", NO_RESULTS)
    return tag("div", *(tag("div", _readable(run, ident)) for ident in found), on={"class": "scores"})


def _readable(run: Run, ident: str) -> Markup:
    try:
        results = read_results(run, ident)
    except DisentError as error:
        return tag("p", str(error), on={"class": "error"})
    return joined([_table(ident, results), _settings(results.settings)])


def _table(ident: str, results: Results) -> Markup:
    spread = bool(results.repeats)
    header = ["score", "mean", "std", "95 % from", "to"] if spread else ["score", "value"]
    rows = []
    for metric, scores in results.scores.items():
        for name, value in scores.items():
            row = [
                metric if name == metric else f"{metric}.{name}",
                _cell(value, results.reasons.get(metric)),
            ]
            one = results.repeats.get(metric, {}).get(name) or {}
            rows.append(row + ([score_text(one.get(key)) for key in SPREAD] if spread else []))
    told = {metric for metric, scores in results.scores.items() if None in scores.values()}
    others = [f"{name}: {reason}" for name, reason in results.reasons.items() if name not in told]
    lines = [f"No {one}" for one in others]
    lines += [f"Warning: {name}: {why}" for name, texts in results.warnings.items() for why in texts]
    return joined([table(header, rows, ident), *(tag("p", line, on={"class": "reason"}) for line in lines)])


def _cell(value: float | None, reason: str | None) -> str:
    if value is not None or not reason:
        return score_text(value)
    return tag("td", "– ", tag("span", reason, on={"class": "reason"}))


def _settings(settings: dict[str, Any]) -> Markup:
    """How it was measured, in a line."""
    plain = {
        key: value
        for key, value in settings.items()
        if not isinstance(value, (dict, list)) and value is not None
    }
    words = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in plain.items())
    return tag("p", words, on={"class": "reason"}) if words else Markup()


def compared(runs: Sequence[Run]) -> Markup:
    """All scores of all runs: a column a run, or a row a run where there are many."""
    names, found = compare_runs(runs)
    if not names:
        return tag("p", NO_RESULTS)
    lines = [["score", *(run.name for run in runs)]]
    lines += [[name, *(score_text(one.get(name)) for one in found)] for name in names]
    if len(runs) > SIDE_BY_SIDE:
        lines = [["run", *lines[0][1:]], *lines[1:]]
        lines = [list(line) for line in zip(*lines, strict=True)]
    notes = [tag("p", note, on={"class": "reason"}) for note in measured_differently(runs)]
    return joined([table(lines[0], lines[1:], "All scores"), *notes])

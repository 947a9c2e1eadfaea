"""The results of several runs side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..runs.results import Results, idents, read_results
from ..runs.run import Run

Scores = dict[str, float | None]


def all_results(run: Run) -> dict[str, Results]:
    """The results of one run by ident."""
    return {ident: read_results(run, ident) for ident in idents(run)}


def flat_scores(results: Mapping[str, Results]) -> Scores:
    """Every score as "<ident> <metric>.<score>", or "<ident> <metric>" where the score is called like it."""
    return {
        f"{ident} {metric if name == metric else f'{metric}.{name}'}": value
        for ident, result in results.items()
        for metric, scores in result.scores.items()
        for name, value in scores.items()
    }


def compare_runs(runs: Sequence[Run]) -> tuple[list[str], list[Scores]]:
    """The names of all scores that any of the runs has, in order of appearance, and each run's own scores."""
    tables = [flat_scores(all_results(run)) for run in runs]
    return list(dict.fromkeys(name for table in tables for name in table)), tables

"""Scores as lines of tables: of one evaluation, of several runs side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ..runs.data_check import describe_data
from ..runs.results import Results, idents, read_results
from ..runs.run import Run
from .table import NULL, runs_as_columns, score_text, show_table

Scores = dict[str, float | None]
Key = tuple[str, str]
SPREAD = ("std", "low", "high")


def full_name(metric: str, score: str) -> str:
    """How tables call a score: "<metric>.<score>", or "<metric>" where the two are the same."""
    return metric if score == metric else f"{metric}.{score}"


def score_lines(
    scores: Mapping[str, Mapping[str, float | None]], repeats: Mapping[str, Mapping[str, Any]] | None = None
) -> list[list[Any]]:
    """Lines of one evaluation, header first; of repeated measurements, deviation and interval of each mean.

    Args:
        scores: `scores[metric][score]` is a number, or None.
        repeats: `repeats[metric][score]` has std, low and high, of the scores that were measured repeatedly.
    """
    lines = [["score", "mean", "std", "95 % from", "to"] if repeats else ["score", "value"]]
    for metric, values in scores.items():
        for name, value in values.items():
            spread = (repeats or {}).get(metric, {}).get(name) or {}
            more = [score_text(spread.get(key)) for key in SPREAD] if repeats else []
            lines.append([full_name(metric, name), score_text(value), *more])
    return lines


def show_runs(tables: Mapping[str, Results]) -> None:
    """Print every score of every run, its spread where repeated; reasons and warnings once."""
    texts = [_with_deviation(results) for results in tables.values()]
    names = list(dict.fromkeys(name for one in texts for name in one))
    lines = [["score", *tables], *([name, *(one.get(name, NULL) for one in texts)] for name in names)]
    header, *rows = runs_as_columns(lines)
    show_table(header, rows)
    if any("±" in text for one in texts for text in one.values()):
        print("mean ± standard deviation over repeats")
    reasons = [f"no {name}: {why}" for one in tables.values() for name, why in one.reasons.items()]
    warnings = [line for one in tables.values() for line in warning_lines(one.warnings)]
    for line in dict.fromkeys([*reasons, *warnings]):
        print(line)


def _with_deviation(results: Results) -> dict[str, str]:
    """Each score by name, with its deviation where it was measured repeatedly."""
    texts = {}
    for metric, scores in results.scores.items():
        for name, value in scores.items():
            spread = results.repeats.get(metric, {}).get(name)
            deviation = f" ± {spread['std']:.2g}" if spread else ""
            texts[full_name(metric, name)] = score_text(value) + deviation
    return texts


def warning_lines(warnings: Mapping[str, list[str]]) -> list[str]:
    """The warnings of metrics as lines below a table."""
    return [f"warning: {name}: {text}" for name, texts in warnings.items() for text in texts]


def compare_runs(runs: Sequence[Run], ident: str | None = None) -> tuple[list[str], list[Scores]]:
    """The names of all scores that any of the runs has, metric by metric, and each run's own scores.

    Of all results, or of those of one ident. "<ident> " is put in front of a score's name where several
    idents have it, so that values of one name were measured in one way.
    """
    tables = [_scores(run, ident) for run in runs]
    keys = list(dict.fromkeys(key for table in tables for key in table))
    metrics = list(dict.fromkeys(map(_metric, keys)))
    keys.sort(key=lambda key: metrics.index(_metric(key)))
    idents_with = Counter(name for _, name in keys)
    names = {(ident, name): name if idents_with[name] == 1 else f"{ident} {name}" for ident, name in keys}
    return list(names.values()), [{names[key]: value for key, value in table.items()} for table in tables]


def data_notes(runs: Sequence[Run], ident: str | None = None) -> list[str]:
    """A line for results that are not of their run's data, and for each dataset that was not one for all.

    Results of earlier versions, which do not say what data they are of, are passed over.
    """
    notes, runs_of = [], defaultdict[str, list[Run]](list)
    for run in runs:
        found = [read_results(run, one).settings for one in idents(run) if ident in (None, one)]
        if any(settings.get("data_changed") for settings in found):
            notes.append(f"{run.name} has results on data that it was not trained on (--data-changed)")
        for data in dict.fromkeys(settings["data"] for settings in found if settings.get("data")):
            runs_of[data].append(run)
    of_dataset = defaultdict[str, list[str]](list)
    for data, those in runs_of.items():  # the first one's config says which dataset this is
        of_dataset[describe_data(those[0].alone().config())].append(data)
    for different in of_dataset.values():
        if len(different) > 1:
            listed = "; ".join(
                f"{data}: {', '.join(run.name for run in runs_of[data])}" for data in different
            )
            notes.append(f"results on different data of one dataset are side by side ({listed})")
    return notes


def _metric(key: Key) -> Key:
    ident, name = key
    return ident, name.partition(".")[0]


def _scores(run: Run, only: str | None) -> dict[Key, float | None]:
    """Every score of one run by ident and name."""
    return {
        (ident, full_name(metric, name)): value
        for ident in idents(run)
        if only in (None, ident)
        for metric, scores in read_results(run, ident).scores.items()
        for name, value in scores.items()
    }

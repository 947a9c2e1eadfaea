"""The results of several runs side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from ..runs.data_check import describe_data
from ..runs.results import idents, read_results
from ..runs.run import Run

Scores = dict[str, float | None]
Key = tuple[str, str]


def compare_runs(runs: Sequence[Run], ident: str | None = None) -> tuple[list[str], list[Scores]]:
    """The names of all scores that any of the runs has, metric by metric, and each run's own scores.

    Of all results, or of those of one ident.

    A score is called "<metric>.<score>", or "<metric>" where the two are the same; "<ident> …" is put in
    front where several idents have it, so that values of one name were measured in one way.
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
    notes, of_dataset = [], defaultdict[str, dict[str, list[str]]](lambda: defaultdict(list))
    for run in runs:
        found = [read_results(run, one).settings for one in idents(run) if ident in (None, one)]
        if any(settings.get("data_changed") for settings in found):
            notes.append(f"{run.name} has results on data that it was not trained on (--data-changed)")
        for data in dict.fromkeys(settings["data"] for settings in found if settings.get("data")):
            of_dataset[describe_data(run.config())][data].append(run.name)
    for by_data in of_dataset.values():
        if len(by_data) > 1:
            told = "; ".join(f"{data}: {', '.join(names)}" for data, names in by_data.items())
            notes.append(f"results on different data of one dataset stand side by side ({told})")
    return notes


def _metric(key: Key) -> Key:
    ident, name = key
    return ident, name.partition(".")[0]


def _scores(run: Run, only: str | None) -> dict[Key, float | None]:
    """Every score of one run by ident and name."""
    return {
        (ident, metric if name == metric else f"{metric}.{name}"): value
        for ident in idents(run)
        if only in (None, ident)
        for metric, scores in read_results(run, ident).scores.items()
        for name, value in scores.items()
    }

"""Runs of one kind together: their scores over seeds, and what makes them hard to compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..runs.config_lookup import check_keys, differing, value_text
from ..runs.results import idents, read_results
from ..runs.run import Run
from .score_tables import Scores

LAST_UNSTATED = "0.1.0"  # the last version whose results do not name theirs

# settings of an evaluation that make its scores incomparable with others of the same name
MEASURED_WITH = (
    *("mode", "left_out", "limit", "points", "test_points", "exhaustive", "preset", "repeats", "step"),
    "version",
)


@dataclass(frozen=True)
class ScoredRun:
    """A run with its scores and what it is grouped by; `data` tells apart runs on different images."""

    name: str
    scores: Scores
    seed: Any = None
    data: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Runs that differ in their seed alone, if all is well; `labels` are what they have in common."""

    labels: tuple[str, ...]
    runs: tuple[ScoredRun, ...]

    def values(self, score: str) -> list[float]:
        """The score of each run that has it."""
        return [value for run in self.runs if (value := run.scores.get(score)) is not None]

    def by_seed(self, score: str) -> dict[Any, float]:
        """The score of each seed that one run alone has."""
        seeds = [run.seed for run in self.runs]
        found = {run.seed: run.scores.get(score) for run in self.runs}
        return {seed: value for seed, value in found.items() if value is not None and seeds.count(seed) == 1}

    @property
    def seeds(self) -> int:
        """How many different seeds there are."""
        return len({run.seed for run in self.runs})

    @property
    def data(self) -> frozenset[str]:
        """The data of its runs; only groups of the same data are compared with each other."""
        return frozenset(run.data for run in self.runs)


def scored_runs(runs: Sequence[Run], tables: Sequence[Scores]) -> list[ScoredRun]:
    """These runs with their scores."""
    infos = [run.info() for run in runs]
    return [
        ScoredRun(run.name, table, info.get("seed"), str(info.get("data", "")), run.config())
        for run, table, info in zip(runs, tables, infos, strict=True)
    ]


def group_by(runs: Sequence[ScoredRun], keys: Sequence[str]) -> list[Group]:
    """The groups by the values of these keys, in the order of the values, numbers by size.

    Raises:
        CallError: no run has such a key.
    """
    check_keys(keys, [run.config for run in runs])
    labelled = [(tuple(value_text(run.config, key) for key in keys), run) for run in runs]
    groups: dict[tuple[str, ...], list[ScoredRun]] = {}
    for label, run in labelled:
        groups.setdefault(label, []).append(run)
    return [Group(label, tuple(groups[label])) for label in sorted(groups, key=natural_key)]


def natural_key(labels: Iterable[str]) -> list[tuple[int, float, str]]:
    """A sorting key: numbers by size and before words."""
    return [_place(label) for label in labels]


def _place(label: str) -> tuple[int, float, str]:
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def caveats(groups: Sequence[Group], keys: Sequence[str]) -> list[str]:
    """What a reader has to know about the groups: mixed data, mixed settings, seeds that occur twice."""
    found = []
    for group in groups:
        name = " ".join(group.labels)
        if len(group.data) > 1:
            found.append(f"{name}: its runs have different data")
        others = differing((run.config for run in group.runs), [key.replace("-", "_") for key in keys])
        if others:
            listed = "; ".join(f"{key} {', '.join(values)}" for key, values in list(others.items())[:4])
            found.append(f"{name}: its runs differ in more than the seed: {listed}")
        elif group.seeds < len(group.runs):
            found.append(f"{name}: {len(group.runs)} runs of {group.seeds} seeds; one seed counts twice")
    if len({group.data for group in groups}) > 1:
        found.append("groups of different data: the best is marked among those of the same data")
    return found


def measured_differently(runs: Sequence[Run], only: str | None = None) -> list[str]:
    """A line for each ident whose results were made with settings that differ from run to run."""
    values: dict[tuple[str, str], dict[str, None]] = {}
    for run in runs:
        for ident in (one for one in idents(run) if only in (None, one)):
            settings = {"version": LAST_UNSTATED, **read_results(run, ident).settings}
            for key in (one for one in MEASURED_WITH if one in settings):
                values.setdefault((ident, key), {})[str(settings[key])] = None
    found = []
    for ident in dict.fromkeys(ident for ident, _ in values):
        for key in MEASURED_WITH:
            different = values.get((ident, key), {})
            if len(different) > 1:
                found.append(
                    f"{ident}: measured with different {key.replace('_', '-')}: {', '.join(different)}"
                )
    return found

"""The table of a sweep: each cell of the grid with its scores, mean ± 95 % t interval over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from ..runs.run import Run
from ..runs.select import read_together
from ..tables.grouping import Group, ScoredRun
from ..tables.intervals import estimate, estimate_text
from ..tables.score_tables import compare_runs
from .sweep_plan import SweepRun

Rows = list[list[str]]


def sweep_groups(plan: Sequence[SweepRun], runs: Mapping[str, Run]) -> tuple[list[str], list[Group]]:
    """The names of all scores, and each cell of the grid with those of its runs that exist.

    `runs` are by the keys of the plan.
    """
    planned = {runs[key].path: one for one in plan if (key := one.sweep_key) in runs}
    readable = read_together([runs[one.sweep_key] for one in planned.values()]) if planned else []
    names, tables = compare_runs(readable)
    cells: dict[tuple[str, ...], list[ScoredRun]] = {one.grid_cell: [] for one in plan}
    for run, table in zip(readable, tables, strict=True):
        one = planned[run.path]
        data = str(run.info().get("data", ""))
        cells[one.grid_cell].append(ScoredRun(run.name, table, one.seed, data))
    short = short_labels(plan)
    return names, [Group(short[cell] or ("all",), tuple(scored)) for cell, scored in cells.items()]


def short_labels(plan: Sequence[SweepRun]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """What each cell of the grid is called: its values without the words at their ends that all have.

    >>> axes = [(("data", "d/vec --dataset.count 9"),), (("data", "d/room --dataset.count 9"),)]
    >>> list(short_labels([SweepRun((), (), one, 0) for one in axes]).values())
    [('d/vec',), ('d/room',)]
    """
    cells = list(dict.fromkeys(one.grid_cell for one in plan))
    axes = [dict(zip(axis, _without_common_end(axis), strict=True)) for axis in zip(*cells, strict=True)]
    return {cell: tuple(axis[value] for axis, value in zip(axes, cell, strict=True)) for cell in cells}


def _without_common_end(values: Sequence[str]) -> list[str]:
    words = [value.split() for value in values]
    common = len(list(takewhile(lambda at: len(set(at)) == 1, zip(*map(reversed, words), strict=False))))
    if len(set(values)) == 1 or not common or any(len(one) <= common for one in words):
        return list(values)
    return [" ".join(one[:-common]) for one in words]


def sweep_table(plan: Sequence[SweepRun], names: Sequence[str], groups: Sequence[Group]) -> Rows:
    """Lines of the table, header first.

    A score that only some of the seeds have is of those; their number stands beside it.
    """
    axes = [name for name, _ in plan[0].axes]
    wanted = len(plan) // len(groups)
    rows: Rows = [[*(axes or ["run"]), "seeds", *names]]
    for group in groups:
        scores = [estimate_text(estimate(group.values(name))) for name in names]
        rows.append([*group.labels, f"{len(group.runs)}/{wanted}", *scores])
    return rows

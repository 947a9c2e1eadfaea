"""The table of a sweep: each cell of the grid with its scores, mean ± standard deviation over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean, stdev

from ..runs.plan import PlannedRun
from ..runs.run import Run
from .comparison import compare_runs
from .table import score_text

Rows = list[list[str]]


def sweep_table(plan: Sequence[PlannedRun], runs: Mapping[str, Run]) -> Rows:
    """Lines of the table, header first; `runs` are those that exist, by the keys of the plan.

    A score that only some of the seeds have is of those; their number stands beside it.
    """
    there = [one for one in plan if one.key in runs]
    names, tables = compare_runs([runs[one.key] for one in there])
    axes = [name for name, _ in plan[0].axes]
    rows: Rows = [[*(axes or ["run"]), "seeds", *names]]
    for cell in dict.fromkeys(one.cell for one in plan):
        members = [table for one, table in zip(there, tables, strict=True) if one.cell == cell]
        wanted = sum(one.cell == cell for one in plan)
        scores = [
            spread_text([table[name] for table in members if table.get(name) is not None]) for name in names
        ]
        rows.append([*(cell or ("all",)), f"{len(members)}/{wanted}", *scores])
    return rows


def spread_text(values: Sequence[float | None]) -> str:
    """`0.146 ± 0.021`; the value alone if there is one, – if there is none.

    >>> spread_text([1.0, 3.0])
    '2 ± 1.414'
    """
    known = [value for value in values if value is not None]
    if not known:
        return "–"
    return f"{score_text(mean(known))} ± {score_text(stdev(known))}" if len(known) > 1 else f"{known[0]:.4g}"

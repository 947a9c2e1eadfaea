"""The table of a sweep: each cell of the grid with its scores, mean ± standard deviation over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..runs.plan import PlannedRun
from ..runs.run import Run
from .comparison import compare_runs
from .grouping import Group, Member
from .intervals import estimate, estimate_text

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
        group = Group(
            cell or ("all",),
            tuple(
                Member(runs[one.key].name, table, one.seed)
                for one, table in zip(there, tables, strict=True)
                if one.cell == cell
            ),
        )
        wanted = sum(one.cell == cell for one in plan)
        scores = [estimate_text(estimate(group.values(name), "std")) for name in names]
        rows.append([*group.labels, f"{len(group.members)}/{wanted}", *scores])
    return rows

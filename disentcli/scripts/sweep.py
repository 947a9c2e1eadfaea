"""`fig sweep train …`: many runs, one after another; what is done already is not done again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..config.root_settings import Setting
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

TAKES = "training"
NODES = ()
FORWARDS = True
SETTINGS = (
    Setting("seeds", str, "1", "seeds of the runs: 3 for 0 to 2, or 0,3,5, or 4-6"),
    Setting("grid", dict, None, "KEY=V1,V2: a run for each value; several --grid give all combinations"),
    Setting("then", list, None, "what to call for each completed run: [eval, eval-metrics eval/3ds]"),
    Setting(
        "stages", dict, None, "runs that start from each of these: {NAME: {train: configs, then: [eval]}}"
    ),
    Setting("dry-run", bool, False, "list the runs and what would be done with each, and stop"),
    Setting("out", str, None, "also write the table here: .md, .csv or .tex"),
    "overwrite",
    "saveroot",
    "dataroot",
)


@script("sweep")
def sweep(settings: Settings) -> int:
    """Trains every combination of a grid with every seed: fig sweep train … --seeds 0-2 --grid reg-wt=1,4."""
    from ..experiment.sweep_call import read_sweep
    from ..experiment.sweep_runs import complete, existing_runs, next_step, show_sweep, warn_of_changes
    from ..tables.table import table_path, write_table

    asked = read_sweep(settings)
    out = table_path(settings.get("out"), settings.get("overwrite"))
    runs = existing_runs(asked.plan, asked.saveroot)
    warn_of_changes(asked.plan, runs, asked.library)
    if settings.get("dry-run"):
        for one in asked.plan:
            print(f"{next_step(runs.get(one.sweep_key)):9}  {one.command}")
        return 0
    failed = [one for one in asked.plan if not complete(one, asked)]
    lines = show_sweep(asked.plan, asked.saveroot)
    if out:
        write_table(out, lines)
    for one in failed:
        print(f"failed: {one.command}", file=sys.stderr)
    return 1 if failed else 0

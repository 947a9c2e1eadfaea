"""`fig sweep train …`: many runs, one after another; what is done already is not done again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..config.coercion import PositiveInt
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
    Setting("executor", str, None, "how the runs are made: in-process (one after another), local, slurm, …"),
    Setting("jobs", PositiveInt, None, "so many at a time, in processes of this machine (--executor local)"),
    Setting("gpus", object, None, "GPUs that these processes share: 0,1,2,3"),
    Setting("per-gpu", PositiveInt, None, "so many at a time on each GPU"),
    Setting("task", str, None, "do one run of the plan, by its key; executors call this"),
    "overwrite",
    "saveroot",
    "dataroot",
)


@script("sweep")
def sweep(settings: Settings) -> int:
    """Trains every combination of a grid with every seed: fig sweep train … --seeds 0-2 --grid reg-wt=1,4."""
    from ..config.instantiate import build
    from ..experiment.sweep_call import read_sweep
    from ..experiment.sweep_runs import existing_runs, next_step, show_sweep, warn_of_changes
    from ..experiment.sweep_task import complete_one, sweep_tasks
    from ..tables.table import table_path, write_table
    from ..training.signals import handle_signals

    if settings.has("task"):
        return complete_one(settings)
    asked = read_sweep(settings)
    executor, _ = build("executor", asked.executor, where=asked.executor["_type"], unknown="refuse")
    out = table_path(settings.get("out"), settings.get("overwrite"))
    runs = existing_runs(asked.plan, asked.saveroot)
    warn_of_changes(asked.plan, asked.saveroot, asked.library)
    tasks = sweep_tasks(asked)
    if settings.get("dry-run"):
        for one in asked.plan:
            print(f"{next_step(runs.get(one.sweep_key)):9}  {one.command}")
        print(executor.preview(tasks), end="")
        return 0
    for task in tasks:
        task.file("cancel").unlink(missing_ok=True)
    with handle_signals(None) as stop:
        outcomes = executor.run(tasks, stop)
    lines = show_sweep(asked.plan, asked.saveroot)
    if out:
        write_table(out, lines)
    failed = {outcome.task.key: outcome.reason for outcome in outcomes if outcome.status == "failed"}
    for one in asked.plan:
        if one.sweep_key in failed:
            print(f"failed: {one.command}\n  {failed[one.sweep_key]}", file=sys.stderr)
    if stop.signal is not None:
        return 128 + stop.signal
    return 1 if failed else 0

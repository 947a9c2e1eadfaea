"""`fig sweep train …`: many runs, one after another or side by side; what is done is not done again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import Width
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
    Setting("status", bool, False, "show where each run stands, and stop"),
    Setting("wait", bool, False, "start nothing; wait for what is queued or running, then show the table"),
    Setting("cancel", bool, False, "stop what is running, with checkpoints, and take back what is queued"),
    Setting("out", str, None, "also write the table here: .md, .csv or .tex"),
    Setting("executor", str, None, "how the runs are made: in-process (one after another), local, slurm, …"),
    Setting("jobs", Width, None, "so many at a time, in processes of this machine (--executor local)"),
    Setting("gpus", object, None, "GPUs that these processes share: 0,1,2,3"),
    Setting("per-gpu", Width, None, "so many at a time on each GPU"),
    Setting("task", str, None, "do these runs of the plan, by their keys; executors call this"),
    "overwrite",
    "saveroot",
    "dataroot",
)


@script("sweep")
def sweep(settings: Settings) -> int:
    """Trains every combination of a grid with every seed: fig sweep train … --seeds 0-2 --grid reg-wt=1,4."""
    from ..experiment import sweep_control
    from ..experiment.executors.executor import build_executor
    from ..experiment.sweep_call import read_sweep
    from ..experiment.sweep_states import sweep_states
    from ..experiment.sweep_task import complete_tasks, sweep_tasks
    from ..tables.table import table_path
    from ..training.signals import handle_signals

    if settings.has("task"):
        return complete_tasks(settings)
    looks = [key for key in ("status", "wait", "cancel") if settings.get(key)]
    asked = read_sweep(settings, check=not looks)
    executor, tasks = build_executor(asked.executor), sweep_tasks(asked)
    out = table_path(settings.get("out"), settings.get("overwrite"))
    if settings.get("status"):
        sweep_control.show_states(tasks, sweep_states(asked, tasks, executor))
    elif settings.get("cancel"):
        sweep_control.cancel(asked, tasks, executor)
    elif settings.get("dry-run"):
        sweep_control.show_plan(asked, tasks, executor)
    else:
        with handle_signals(None) as stop:
            if settings.get("wait"):
                return sweep_control.wait_for_all(asked, tasks, executor, stop, out)
            return sweep_control.run_all(asked, tasks, executor, stop, out)
    return 0

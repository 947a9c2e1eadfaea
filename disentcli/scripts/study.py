"""`fig study NAME`: the runs of a study, their evaluation, and a page that fills as results come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..config.coercion import PositiveFloat
from ..config.root_settings import Setting
from ..registry import script

if TYPE_CHECKING:
    from ..config.settings import Settings

TAKES = "study"
NODES = ()
FORWARDS = True
INCLUDES = "sweep"
SETTINGS = (
    Setting("scores", object, None, "which scores the page shows: mig,dci.disentanglement"),
    Setting("difference", PositiveFloat, None, "a difference of scores: how many seeds would find it?"),
    Setting("dry-run", bool, False, "list the runs and what would be done with each, and stop"),
    Setting("status", bool, False, "say how far the study is, write its page, and stop"),
    "saveroot",
    "dataroot",
)


@script("study")
def study(settings: Settings) -> int:
    """Makes, evaluates and compares the runs of config/study/NAME, with a page: fig study demo --jobs 2.

    Takes all options of `fig sweep`.
    """
    from ..experiment import sweep_control
    from ..experiment.executors.executor import build_executor
    from ..experiment.study_call import read_study
    from ..experiment.study_update import update_study
    from ..experiment.study_work import complete_tasks, do_study, study_tasks

    if settings.has("task"):
        return complete_tasks(read_study(settings, check=False), settings.get("task").split(","))
    looks = [key for key in ("status", "cancel") if settings.get(key)]
    asked = read_study(settings, check=not looks)
    executor = build_executor(asked.sweep.executor)
    tasks = study_tasks(asked, executor)
    if settings.get("dry-run"):
        sweep_control.show_plan(asked.sweep, tasks, executor)
        return 0
    if settings.get("cancel"):
        sweep_control.cancel(asked.sweep, tasks, executor)
        return 0
    if settings.get("status"):
        print(update_study(asked, tasks, executor).on_screen())
        return 0
    return do_study(asked, tasks, executor, wait=settings.get("wait"))

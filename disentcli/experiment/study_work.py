"""The work of `fig study`: the runs are brought to their end while the page and the summary follow them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from ..console.terminal import echo, warn
from ..errors import DisentError
from ..tables.table import narrow, show_table
from ..training.signals import handle_signals
from . import sweep_control
from .executors.executor import Executor, Task
from .study_call import StudyCall
from .study_summary import MARKED, StudySummary
from .study_update import PAGE, SUMMARY, SubmittedTasks, update_after_task, update_study
from .sweep_states import sweep_states
from .sweep_task import complete_keys, sweep_tasks, words_of_plan
from .task_state import TaskState

PAUSE = 3.0  # seconds between two looks at the runs
SHARE = 20  # so many times as long as an update took, at least, until the next

_log = logging.getLogger(__name__)


def do_study(study: StudyCall, tasks: Sequence[Task], executor: Executor, *, wait: bool = False) -> int:
    """Make the runs of a study, or wait for those at work, and keep its page up to date; the exit code."""
    update_study(study, tasks, executor)
    echo(f"page: {study.folder / PAGE}")
    work = sweep_control.wait_for_all if wait else sweep_control.run_all
    with handle_signals(None) as stop:
        with page_updates(study, tasks, executor):
            code = work(study.sweep, tasks, executor, stop, table=False)
        summary = update_study(study, tasks, executor)
    show_summary(summary)
    echo(f"page: {study.folder / PAGE}\nsummary: {study.folder / SUMMARY}")
    return code


def show_summary(summary: StudySummary) -> None:
    """Show the scores as the page does, and what can be told from them."""
    header, *rows = narrow(summary.table(summary.results.scores))
    show_table(header, rows)
    echo(f"{MARKED}\n{summary.on_screen()}")


def study_tasks(study: StudyCall, executor: Executor) -> list[Task]:
    """The tasks of its sweep; those that this call does not wait for bring the page up to date themselves."""
    tasks = sweep_tasks(study.sweep)
    words = (*words_of_plan(study.words), *study.sweep.common)
    return tasks if executor.waits else [replace(task, argv=(*words, "--task", task.key)) for task in tasks]


def complete_tasks(study: StudyCall, keys: Sequence[str]) -> int:
    """Do the runs with these keys, as a task that was submitted, and update the page; exit code.

    One that has to stop leaves the page to the others: its time is short, and it is not done.
    """
    code = complete_keys(study.sweep, keys)
    if code in (0, 1):
        try:
            update_after_task(study, study_tasks(study, SubmittedTasks()))
        except (DisentError, OSError) as error:  # the runs are as they are
            warn(f"the page of {study.name} is not brought up to date: {error}")
    return code


@contextmanager
def page_updates(study: StudyCall, tasks: Sequence[Task], executor: Executor) -> Iterator[None]:
    """Write the page anew, in a thread, whenever the state of a run has changed."""
    ended = threading.Event()

    def follow() -> None:
        before, pause = dict[str, TaskState](), PAUSE
        while not ended.wait(pause):
            began = time.monotonic()
            try:
                states = sweep_states(study.sweep, tasks, executor)
                if states != before:
                    update_study(study, tasks, executor, states)
            except (DisentError, OSError) as error:  # the runs go on; the page is written at their end
                _log.debug("the page of %s waits: %s", study.name, error)
                continue
            before, pause = states, max(PAUSE, SHARE * (time.monotonic() - began))

    thread = threading.Thread(target=follow, name="study page", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()

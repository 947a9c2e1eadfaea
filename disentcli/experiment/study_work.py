"""The work of `fig study`: the runs are brought to their end while the page and the summary follow them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from ..atomic_io import write_atomic
from ..console.terminal import echo
from ..errors import DisentError
from ..file_lock import FileLock
from ..report.study_page import render_study_page
from ..runs.run import Run
from ..tables.table import markdown_table, narrow, show_table
from ..training.signals import handle_signals
from . import sweep_control
from .executors.executor import Executor, Task
from .executors.in_process import InProcessExecutor
from .study_call import StudyCall
from .study_progress import measure_progress
from .study_results import read_results_of
from .study_summary import SPREAD, StudySummary
from .sweep_runs import existing_runs
from .sweep_states import sweep_states
from .sweep_task import complete_keys, sweep_tasks, words_of_plan
from .task_state import TaskState

PAGE, SUMMARY, TABLE = "study.html", "summary.md", "table.md"
PAUSE = 3.0  # seconds between two looks at the runs
UPDATES = 20  # times that a task tries to write the page while others do
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
    echo(f"{SPREAD}\n{summary.on_screen()}")


def study_tasks(study: StudyCall) -> list[Task]:
    """The tasks of its sweep; one that an executor starts elsewhere brings the page up to date at its end."""
    words = (*words_of_plan(study.words), *study.sweep.common)
    return [replace(task, argv=(*words, "--task", task.key)) for task in sweep_tasks(study.sweep)]


def complete_tasks(study: StudyCall, keys: Sequence[str]) -> int:
    """Do the runs with these keys, as a task that an executor has started, and update the page; exit code."""
    code = complete_keys(study.sweep, keys)
    study.folder.mkdir(parents=True, exist_ok=True)
    for _ in range(UPDATES):
        with suppress(DisentError), FileLock(study.folder / ".page.lock", "the page", "wait for it"):
            update_study(study, study_tasks(study), InProcessExecutor())
            break
        time.sleep(PAUSE)
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


def update_study(
    study: StudyCall,
    tasks: Sequence[Task],
    executor: Executor,
    states: Mapping[str, TaskState] | None = None,
) -> StudySummary:
    """Write the page, the summary and the table of a study as it is now."""
    plan = study.sweep.plan
    states = sweep_states(study.sweep, tasks, executor) if states is None else states
    runs = existing_runs(plan, study.sweep.saveroot, at_once=True)
    progress = measure_progress(plan, tasks, states, runs, getattr(executor, "jobs", 1))
    done = {key: run for key, run in runs.items() if states[key].status == "completed"}
    results = read_results_of(plan, done, study.scores, study.difference)
    summary = StudySummary(study, progress, results, time.strftime("%Y-%m-%d %H:%M:%S"), made_with(runs))
    study.folder.mkdir(parents=True, exist_ok=True)
    write_atomic(study.folder / PAGE, render_study_page(summary))
    write_atomic(study.folder / SUMMARY, summary.as_markdown())
    header, *rows = summary.table(results.names)
    write_atomic(study.folder / TABLE, markdown_table(header, rows, left=len(results.axes)))
    return summary


def made_with(runs: Mapping[str, Run]) -> list[tuple[str, str]]:
    """What the runs say of their making, each value once: versions, commit, device, threads, machine."""
    found: dict[str, dict[str, None]] = {}
    for run in runs.values():
        info = run.info()
        versions = ", ".join(f"{name} {one}" for name, one in dict(info.get("versions") or {}).items())
        said = {"versions": versions, "commit": info.get("commit"), "device": info.get("device")}
        said |= {"threads": info.get("threads"), "machine": dict(info.get("machine") or {}).get("host")}
        for key, value in said.items():
            if value:
                found.setdefault(key, {})[str(value)] = None
    return [(key, "; ".join(list(values)[:4])) for key, values in found.items()]

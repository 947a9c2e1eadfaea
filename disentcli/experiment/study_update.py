"""The page, the summary and the table of a study brought up to date, by one process at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from ..atomic_io import write_atomic
from ..errors import DisentError
from ..file_lock import FileLock
from ..report.study_page import render_study_page
from ..runs.run import Run
from ..tables.table import markdown_table
from ..training.signals import StopRequest
from .executors.executor import Executor, Outcome, Task
from .study_call import StudyCall
from .study_progress import measure_progress
from .study_results import read_results_of
from .study_summary import MARKED, StudySummary
from .sweep_runs import existing_runs
from .sweep_states import sweep_states
from .task_notes import read_notes
from .task_state import TaskState

PAGE, SUMMARY, TABLE = "study.html", "summary.md", "table.md"
LOCK, DUE = ".page.lock", ".page.due"
PATIENCE = 60.0  # seconds to wait for another process that writes the page, or to write it for others


class SubmittedTasks(Executor):
    """What a submitted task knows of the others without asking the cluster: that the open ones are queued."""

    waits = False

    def run(self, tasks: Sequence[Task], stop: StopRequest) -> Sequence[Outcome]:
        """Nothing: they are submitted."""
        return []

    def states(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """Those are queued, first or again, that nobody cancelled, and that did not fail or die."""
        return {task.key: TaskState("queued") for task in tasks if is_expected(task)}


def is_expected(task: Task) -> bool:
    """Whether a task that was submitted is still to begin, or to go on after it was told to stop."""
    notes = read_notes(task)
    return notes.ended >= notes.began and not task.is_cancelled and not task.failure()


def update_study(
    study: StudyCall,
    tasks: Sequence[Task],
    executor: Executor,
    states: Mapping[str, TaskState] | None = None,
) -> StudySummary:
    """Write the page, the summary and the table of a study as it is now, after others that are at it."""
    with page_lock(study):
        return _write(study, tasks, executor, states)


def update_after_task(study: StudyCall, tasks: Sequence[Task]) -> None:
    """Bring the page up to date at the end of a task; where another process is at it, let that one do so.

    It marks the page as due; who writes it looks for such a mark after giving back the lock. So of many tasks
    that end at once one writes, and none is forgotten.
    """
    study.folder.mkdir(parents=True, exist_ok=True)
    due, end = study.folder / DUE, time.monotonic() + PATIENCE
    due.touch()
    while due.exists() and time.monotonic() < end:
        lock = _new_lock(study)
        with suppress(DisentError):
            lock.acquire()
        if not lock.held:
            return
        with lock:
            due.unlink(missing_ok=True)
            _write(study, tasks, SubmittedTasks())


@contextmanager
def page_lock(study: StudyCall) -> Iterator[None]:
    """Hold the lock on the page of a study; without it where a process has held it for a minute or hangs."""
    study.folder.mkdir(parents=True, exist_ok=True)
    lock, end = _new_lock(study), time.monotonic() + PATIENCE
    while not lock.held and time.monotonic() < end:
        with suppress(DisentError):
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _new_lock(study: StudyCall) -> FileLock:
    return FileLock(study.folder / LOCK, f"the page of {study.name}", "wait for it")


def _write(
    study: StudyCall,
    tasks: Sequence[Task],
    executor: Executor,
    states: Mapping[str, TaskState] | None = None,
) -> StudySummary:
    plan = study.sweep.plan
    states = sweep_states(study.sweep, tasks, executor) if states is None else states
    runs = existing_runs(plan, study.sweep.saveroot, at_once=True)
    progress = measure_progress(plan, tasks, states, runs, getattr(executor, "jobs", 1))
    done = {key: run for key, run in runs.items() if states[key].status == "completed"}
    results = read_results_of(plan, done, study.scores, study.difference)
    summary = StudySummary(study, progress, results, time.strftime("%Y-%m-%d %H:%M:%S"), made_with(runs))
    write_atomic(study.folder / PAGE, render_study_page(summary))
    write_atomic(study.folder / SUMMARY, summary.as_markdown())
    header, *rows = summary.table(results.names)
    table = markdown_table(header, rows, left=len(results.axes))
    write_atomic(study.folder / TABLE, f"{table}\n{MARKED}\n")
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

"""Where the runs of a sweep stand: read from their folders and claims, without importing torch."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from ..console.terminal import echo
from ..runs.records import last_recorded_step
from ..runs.run import INFO, Run
from ..tables.table import show_table
from .executors.executor import Executor, Task
from .sweep_call import SweepCall
from .sweep_runs import existing_runs, was_called
from .task_state import STATUSES, TaskState

NULL = "–"


def sweep_states(
    sweep: SweepCall, tasks: Sequence[Task], executor: Executor | None = None
) -> dict[str, TaskState]:
    """The state of each task of a sweep, by its key; what is not at work may be queued by the executor."""
    runs = existing_runs(sweep.plan, sweep.saveroot, at_once=True)
    configs = {call: sweep.configs_after(call) for one in sweep.plan for call in sweep.calls_after(one)}
    found = {}
    for task, one in zip(tasks, sweep.plan, strict=True):
        run = runs.get(task.key)
        after = {call: configs[call] for call in sweep.calls_after(one)}
        found[task.key] = state_of(run, task, after) if run else _state_before(task)
    idle = [task for task in tasks if found[task.key].status not in ("running", "completed")]
    known = executor.states(idle) if executor and idle else {}
    return {**found, **{key: with_executor(found[key], one) for key, one in known.items()}}


def with_executor(state: TaskState, known: TaskState) -> TaskState:
    """A state on disk with what an executor knows beyond it: that it is queued, at work, or why it ended."""
    if known.status in ("queued", "running"):
        return replace(state, status=known.status, reason=known.reason or state.reason)
    return replace(state, reason="; ".join(filter(None, (state.reason, known.reason))))


def state_of(run: Run, task: Task, after: Mapping[str, Mapping[str, str]]) -> TaskState:
    """The state of a task whose run exists; `after` are the calls that follow it, with their configs."""
    info, claimed, failure = run.info(), task.is_claimed, task.failure()
    step, budget, status = int(info["step"]), int(info.get("budget", 0)), run.status()
    reason, minutes, made = failure, None, None
    if status == "completed":
        called = info.get("called", {})
        left = [call for call in after if not was_called(call, called, after[call])]
        status = "running" if claimed and left else "failed" if failure else "open" if left else "completed"
        reason = failure or (f"next: {left[0]}" if left else "")
        made = 1 - len(left) / max(len(after), 1)
    elif claimed or status == "running":
        status, reason = "running", ""
        step, minutes = progress(run, info)
    elif failure or status == "failed":
        status, reason = "failed", failure or error_line(run)
    else:
        status, reason = "interrupted", str(info.get("stopped_by") or status)
    return TaskState(status, run.name, step, budget, minutes, reason, made)


def _state_before(task: Task) -> TaskState:
    """The state of a task that has no run yet."""
    if task.is_claimed:
        return TaskState("running", reason="begins")
    failure = task.failure()
    return TaskState("failed" if failure else "open", reason=failure)


def progress(run: Run, info: Mapping[str, Any]) -> tuple[int, float | None]:
    """The last step of a run at work that is on disk, and how many minutes its training has left.

    The speed is that since run.json was last written, at the start or a checkpoint; else that before.
    """
    step, budget = int(info["step"]), int(info.get("budget", 0))
    seconds_a_step = float(info.get("wall_seconds", 0)) / step if step else 0.0
    recorded = last_recorded_step(run.records)
    since = 0.0
    with suppress(OSError):
        if recorded is not None and recorded[0] > step:
            seconds = recorded[1] - (run.path / INFO).stat().st_mtime
            seconds_a_step = seconds / (recorded[0] - step) if seconds > 0 else seconds_a_step
            step, since = recorded[0], time.time() - recorded[1]
    left = max((budget - step) * seconds_a_step - since, 0.0) / 60
    return step, left if seconds_a_step else None


def error_line(run: Run) -> str:
    """The last line of a failed run's traceback, which says what went wrong."""
    path = run.path / "error.txt"
    return path.read_text(errors="replace").strip().rpartition("\n")[2] if path.exists() else ""


def show_states(tasks: Sequence[Task], states: Mapping[str, TaskState]) -> None:
    """Show a line for each task, and how many there are of each status."""
    rows = []
    for task in tasks:
        one = states[task.key]
        step = f"{one.step:,}/{one.budget:,}" if one.run else NULL
        rows.append([one.status, task.name, one.run or NULL, step, duration(one.minutes_left), one.reason])
    show_table(["state", "planned", "run", "step", "left", ""], rows, left=3)
    echo(count_states(states))


def count_states(states: Mapping[str, TaskState]) -> str:
    """`8 runs: 3 completed, 2 running, 3 open`."""
    counts = Counter(one.status for one in states.values())
    parts = [f"{counts[status]:,} {status}" for status in reversed(STATUSES) if counts[status]]
    return f"{len(states):,} runs: {', '.join(parts)}"


def duration(minutes: float | None) -> str:
    """A time as `2 h 05 min`, `12 min` or `40 s`; – where it is not known."""
    if minutes is None:
        return NULL
    if minutes < 1:
        return f"{60 * minutes:.0f} s"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest:02} min" if hours else f"{rest} min"

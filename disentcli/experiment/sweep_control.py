"""What `fig sweep` does with its tasks: list them, bring them to their end, wait for them, cancel them."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..console.terminal import echo
from ..runs.roots import save_root
from ..tables.table import write_table
from ..training.signals import StopRequest
from .executors.executor import TIME_OVER, Executor, Outcome, Task
from .sweep_call import SweepCall
from .sweep_runs import existing_runs, next_step, show_sweep, warn_of_changes
from .sweep_states import count_states, show_states, sweep_states
from .task_state import TaskState

POLL = 2.0  # seconds between two looks at all states
AT_WORK = ("queued", "running")


def show_plan(sweep: SweepCall, tasks: Sequence[Task], executor: Executor) -> None:
    """List what would be done with each run, and how the executor would do those that are open.

    Those that are queued or at work are not: the file that is shown can be submitted by hand.
    """
    runs = existing_runs(sweep.plan, sweep.saveroot, at_once=True)
    warn_of_changes(sweep.plan, runs, sweep.library)
    for one in sweep.plan:
        print(f"{next_step(runs.get(one.sweep_key)):9}  {one.command}")
    states = sweep_states(sweep, tasks, executor)
    taken = ("completed", *AT_WORK)
    print(executor.preview([task for task in tasks if states[task.key].status not in taken]), end="")


def run_all(
    sweep: SweepCall,
    tasks: Sequence[Task],
    executor: Executor,
    stop: StopRequest,
    out: Path | None = None,
    *,
    table: bool = True,
) -> int:
    """Bring what is not done to its end, or submit it; then show the table, or where each run stands.

    Args:
        out: a file for the table.
        table: whether to show one at all.

    Returns:
        The exit code: 1 if a run failed, 128 + n after signal n.
    """
    warn_of_changes(sweep.plan, existing_runs(sweep.plan, sweep.saveroot, at_once=True), sweep.library)
    before = sweep_states(sweep, tasks)
    left = [task for task in tasks if before[task.key].status != "completed"]
    for task in left:
        task.file("cancel").unlink(missing_ok=True)
    outcomes = executor.run(left, stop)
    states = sweep_states(sweep, tasks, executor)
    if not executor.waits and any(one.status != "completed" for one in states.values()):
        show_states(tasks, states)
        return 0
    if table:
        show_table_of(sweep, out)
    return conclude(sweep, tasks, states, outcomes, stop)


def wait_for_all(
    sweep: SweepCall,
    tasks: Sequence[Task],
    executor: Executor,
    stop: StopRequest,
    out: Path | None = None,
    *,
    table: bool = True,
) -> int:
    """Wait until nothing is queued or running, then go on as `run_all` ends."""
    states = wait_until_idle(sweep, tasks, executor, stop)
    if table:
        show_table_of(sweep, out)
    return conclude(sweep, tasks, states, (), stop)


def show_table_of(sweep: SweepCall, out: Path | None) -> None:
    """Show the scores of each cell of the grid, and keep them in a file if one is named."""
    lines = show_sweep(sweep.plan, sweep.saveroot)
    if out:
        write_table(out, lines)


def conclude(
    sweep: SweepCall,
    tasks: Sequence[Task],
    states: Mapping[str, TaskState],
    outcomes: Sequence[Outcome],
    stop: StopRequest,
) -> int:
    """Say what failed, and what is not done; the exit code."""
    failed = {one.task.key: one.reason for one in outcomes if one.status == "failed"}
    failed = {key: one.reason for key, one in states.items() if one.status == "failed"} | failed
    for one, task in zip(sweep.plan, tasks, strict=True):
        if task.key in failed:
            log = f"\n  its output: {task.file('log')}" if task.file("log").exists() else ""
            print(f"failed: {one.command}\n  {failed[task.key]}{log}", file=sys.stderr)
    if any(one.status not in ("completed", "failed") for one in states.values()):
        echo(f"{count_states(states)}; the same line goes on")
    if stop.signal:
        return 128 + stop.signal
    in_time = [one for one in outcomes if one.code != TIME_OVER]
    done = all(one.status == "completed" for one in states.values())
    return 0 if done or (outcomes and all(one.succeeded for one in in_time)) else 1


def wait_until_idle(
    sweep: SweepCall, tasks: Sequence[Task], executor: Executor, stop: StopRequest
) -> dict[str, TaskState]:
    """Wait until nothing of a sweep is queued or running, or a stop is requested; the states then."""
    while True:
        states = sweep_states(sweep, tasks, executor)
        if stop.requested() or not any(one.status in AT_WORK for one in states.values()):
            return states
        time.sleep(POLL)


def cancel(sweep: SweepCall, tasks: Sequence[Task], executor: Executor) -> None:
    """Take back what is queued, and let what is running stop with a checkpoint, wherever it runs."""
    states = sweep_states(sweep, tasks, executor)
    for task in tasks:
        if states[task.key].status != "completed":
            task.folder.mkdir(parents=True, exist_ok=True)
            task.file("cancel").touch()
    taken_back = executor.cancel([task for task in tasks if states[task.key].status in AT_WORK])
    running = [one for one in states.values() if one.status == "running"]
    for one in running:
        if one.run:
            stop_writer(save_root(sweep.saveroot) / one.run / "lock")
    echo(f"{len(running):,} running stop with a checkpoint, {taken_back:,} queued are taken back")
    echo("the same line without --cancel goes on")


def stop_writer(lock: Path) -> None:
    """Send SIGTERM to the process that a run's lock names, if it is of this machine."""
    with suppress(OSError):  # the run, or the process, is gone by now
        named = re.fullmatch(r"pid (\d+) on (.+)", lock.read_text(encoding="utf-8").strip())
        if named and named[2] == socket.gethostname():
            os.kill(int(named[1]), signal.SIGTERM)

"""The state of a planned run, from every state that its folder and its claim can be in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from disentcli.console.fig_process import fig_environment
from disentcli.experiment.executors.executor import Executor, Task
from disentcli.experiment.sweep_control import cancel, stop_writer
from disentcli.experiment.sweep_states import count_states, duration, progress, sweep_states
from disentcli.experiment.sweep_task import failure_reason, sweep_tasks, task_name
from disentcli.experiment.task_state import TaskState
from disentcli.file_lock import FileLock
from disentcli.runs.run import Run

from ..conftest import PROJECT
from .stub_sweep import planned


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """The first task of a sweep of three."""
    found = sweep_tasks(planned(tmp_path))[0]
    found.folder.mkdir()
    return found


@pytest.fixture
def claimed(task: Task) -> Iterator[None]:
    """Another open file holds the claim, as another process would."""
    with FileLock(task.file("claim"), "", ""):
        yield


def make(root: Path, task: Task, **info: Any) -> Run:
    """The task's run, as its training has left it."""
    run = Run.create(root, "made", {}, {"plan": task.key, "budget": 100})
    run.update(**info)
    run.lock.release()
    return run


def state(root: Path) -> TaskState:
    return next(iter(sweep_states(planned(root), sweep_tasks(planned(root))).values()))


def test_without_a_run_it_is_open_or_has_failed(tmp_path: Path, task: Task) -> None:
    assert state(tmp_path) == TaskState("open")
    task.file("error").write_text("no such file\n")
    assert state(tmp_path) == TaskState("failed", reason="no such file")


def test_whatever_is_claimed_is_running(tmp_path: Path, task: Task, claimed: None) -> None:
    task.file("error").write_text("of the time before\n")
    assert state(tmp_path).status == "running"
    run = make(tmp_path, task, status="interrupted", step=40)
    assert state(tmp_path) == TaskState("running", run.name, 40, 100)


@pytest.mark.parametrize(
    ("status", "found", "reason"),
    [
        ("completed", "completed", ""),
        ("interrupted", "interrupted", "time limit"),
        ("running", "interrupted", "killed"),
        ("failed", "failed", "ValueError: no"),
    ],
)
def test_a_run_that_nobody_is_at(status: str, found: str, reason: str, tmp_path: Path, task: Task) -> None:
    stopped = "time limit" if status == "interrupted" else None
    run = make(tmp_path, task, status=status, step=40, stopped_by=stopped)
    run.write_error("Traceback (most recent call last):\n  …\nValueError: no\n")
    called = 1.0 if status == "completed" else None  # there are no calls after it
    assert state(tmp_path) == TaskState(found, run.name, 40, 100, None, reason, called)


def test_a_completed_run_is_done_once_its_calls_are_made(tmp_path: Path, task: Task) -> None:
    sweep = planned(tmp_path)
    sweep.then.append("eval --limit 8")
    run = make(tmp_path, task, status="completed", step=100)
    open_state = sweep_states(sweep, sweep_tasks(sweep))[task.key]
    assert (open_state.status, open_state.reason) == ("open", "next: eval --limit 8")
    task.file("error").write_text("no images\n")
    assert sweep_states(sweep, sweep_tasks(sweep))[task.key].status == "failed"
    task.file("error").unlink()
    with run.lock:
        run.update(called={"eval --limit 8": {}})
    assert sweep_states(sweep, sweep_tasks(sweep))[task.key].status == "completed"


def test_the_time_left_follows_from_the_records_since_the_last_checkpoint(tmp_path: Path, task: Task) -> None:
    run = make(tmp_path, task, status="running", step=20, wall_seconds=1000.0)
    run.records.mkdir()
    lines = [json.dumps({"step": step, "train/loss": 1.0}) for step in (10, 20, 60)]
    (run.records / "scalars.jsonl").write_text("\n".join(lines) + "\n")
    now = time.time()
    os.utime(run.path / "run.json", (now - 80, now - 80))  # 40 steps took 80 s, so 40 more take as long
    os.utime(run.records / "scalars.jsonl", (now, now))
    step, minutes = progress(run, run.info())
    assert step == 60
    assert minutes == pytest.approx(80 / 60, abs=0.05)
    (run.records / "scalars.jsonl").write_text("")
    assert progress(run, run.info()) == (20, pytest.approx(80 * 50 / 60))  # 50 s a step before


class Queue(Executor):
    """Knows of what is queued, and counts what is taken back."""

    def run(self, tasks: Any, stop: Any) -> Any:
        raise NotImplementedError

    def states(self, tasks: Any) -> dict[str, TaskState]:
        return {task.key: TaskState("queued", reason="job 7") for task in tasks}

    def cancel(self, tasks: Any) -> int:
        return len(tasks)


def test_an_executor_knows_what_is_queued_and_the_disk_knows_the_step(tmp_path: Path, task: Task) -> None:
    run = make(tmp_path, task, status="interrupted", step=40)
    sweep = planned(tmp_path)
    states = sweep_states(sweep, sweep_tasks(sweep), Queue())
    assert states[task.key] == TaskState("queued", run.name, 40, 100, None, "job 7")
    assert count_states(states) == "3 runs: 3 queued"


def test_cancel_marks_all_that_is_not_completed(
    tmp_path: Path, task: Task, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path, task, status="completed", step=100)
    sweep = planned(tmp_path)
    tasks = sweep_tasks(sweep)
    cancel(sweep, tasks, Queue())
    assert [one.is_cancelled for one in tasks] == [False, True, True]
    assert "0 running stop with a checkpoint, 2 queued are taken back" in capsys.readouterr().out


def test_only_a_process_of_this_machine_is_stopped(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(60)"])
    lock = tmp_path / "lock"
    lock.write_text(f"pid {child.pid} on another-machine")
    stop_writer(lock)
    assert child.poll() is None
    lock.write_text(f"pid {child.pid} on {os.uname().nodename}")
    stop_writer(lock)
    assert child.wait(20) == -15


def test_the_reason_of_a_failure_is_its_last_error_line(tmp_path: Path, task: Task) -> None:
    run = make(tmp_path, task, status="failed")
    assert failure_reason(task, run, 1, 0.0).startswith("the screen says why")
    run.write_error("Traceback\nValueError: no\n")
    assert failure_reason(task, run, 1, 0.0) == "ValueError: no"
    task.file("log").write_text("error: first\n$ fig eval\nerror: the loss stopped being finite\nand more\n")
    assert failure_reason(task, run, 1, 0.0) == "the loss stopped being finite"
    assert failure_reason(task, run, 1, time.time() + 60) == "ValueError: no"  # the log is of another time
    assert failure_reason(task, run, 137, 0.0) == "killed by signal 9"


def test_times_and_names_as_they_are_shown(tmp_path: Path) -> None:
    shown = [duration(minutes) for minutes in (None, 0.5, 12.4, 125)]
    assert shown == ["–", "30 s", "12 min", "2 h 05 min"]
    assert task_name(planned(tmp_path).plan[2]) == "m.vae.d.vec,seed=2"


def test_looking_imports_no_torch(tmp_path: Path) -> None:
    words = ["sweep", "m/vae", "d/vec", "--seeds", "2", "--status", "--saveroot", str(tmp_path)]
    code = f"import sys\nfrom disentcli.cli import fig\nfig({words})\nassert 'torch' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=fig_environment(), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "2 runs: 2 open"

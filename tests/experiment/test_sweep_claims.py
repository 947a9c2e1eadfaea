"""No run is started twice, by two sweeps at once or after some were killed; all in real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from disentcli.experiment.executors.executor import Task, build_executor
from disentcli.experiment.sweep_control import cancel
from disentcli.experiment.sweep_states import sweep_states
from disentcli.experiment.sweep_task import sweep_tasks
from disentcli.runs.run import Run

from ..conftest import PROJECT
from .stub_sweep import SEEDS, command, planned

Sweep = subprocess.Popen[bytes]
Start = Callable[[str], Sweep]

WAITING = "waiting for what other processes are at: m.vae.d.vec,seed=0"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A sweep as a process of its own, by its executor; nothing of it outlives the test."""
    sweeps: list[Sweep] = []

    def started(executor: str) -> Sweep:
        with open(tmp_path / f"output-{len(sweeps)}", "wb") as output:
            words = command(tmp_path, [executor])
            sweeps.append(subprocess.Popen(words, cwd=PROJECT, stdout=output, stderr=output))
        return sweeps[-1]

    yield started
    for one in sweeps:
        one.kill()
        one.wait()
    for lock in (*(task.file("claim") for task in tasks_in(tmp_path)), *tmp_path.glob("*/lock")):
        kill_holder(lock)


def kill_holder(lock: Path) -> None:
    """Kill the process that a lock file names."""
    found = re.match(r"pid (\d+) ", lock.read_text()) if lock.exists() else None
    if found:
        with suppress(ProcessLookupError):
            os.kill(int(found[1]), signal.SIGKILL)


def hold(root: Path, *seeds: int) -> None:
    """Let the trainings of these seeds last, and those of all others end."""
    (root / "hold").write_text(" ".join(map(str, seeds)))


def output(root: Path, sweep: int) -> str:
    """What the first sweep (0), or a later one, has shown."""
    return (root / f"output-{sweep}").read_text()


def tasks_in(root: Path) -> list[Task]:
    return sweep_tasks(planned(root))


def started(root: Path) -> Counter[str]:
    """How often each run was started or continued."""
    file = root / "started"
    return Counter(file.read_text().split()) if file.exists() else Counter()


def wait_until(condition: Callable[[], bool], seconds: float = 100) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come to it"
        time.sleep(0.02)


def statuses(root: Path) -> list[str]:
    return sorted(one.status for one in sweep_states(planned(root), tasks_in(root)).values())


def assert_each_once(root: Path) -> None:
    assert set(started(root).values()) == {1}
    assert len(started(root)) == SEEDS
    runs = [Run(path.parent).info()["plan"] for path in root.glob("*/run.json")]
    assert sorted(runs) == sorted(task.key for task in tasks_in(root))


def test_two_sweeps_of_the_same_words_start_each_run_once(tmp_path: Path, start: Start) -> None:
    hold(tmp_path, 0)
    first = start("in-process")
    wait_until(lambda: len(started(tmp_path)) == 1)
    second = start("local")
    wait_until(lambda: WAITING in output(tmp_path, 1))
    assert len(started(tmp_path)) == SEEDS
    hold(tmp_path)
    assert (first.wait(100), second.wait(100)) == (0, 0), output(tmp_path, 0) + output(tmp_path, 1)
    assert_each_once(tmp_path)
    assert statuses(tmp_path) == ["completed"] * SEEDS


@pytest.mark.parametrize("killed", ["the sweep", "the sweep and its tasks"])
def test_trainings_whose_sweep_was_killed_are_found_again(killed: str, tmp_path: Path, start: Start) -> None:
    hold(tmp_path, 0, 1)
    first = start("local")
    wait_until(lambda: len(started(tmp_path)) == 2)
    first.kill()
    if killed != "the sweep":
        for task in tasks_in(tmp_path):
            kill_holder(task.file("claim"))
    assert statuses(tmp_path) == ["open", "running", "running"]
    again = start("local")
    wait_until(lambda: WAITING in output(tmp_path, 1))
    hold(tmp_path)
    assert again.wait(100) == 0, output(tmp_path, 1)
    assert_each_once(tmp_path)


def test_a_cancelled_sweep_stops_and_the_same_line_goes_on(tmp_path: Path, start: Start) -> None:
    hold(tmp_path, 0, 1)
    first = start("local")
    wait_until(lambda: len(started(tmp_path)) == 2)
    asked = planned(tmp_path)
    cancel(asked, tasks_in(tmp_path), build_executor(asked.executor))
    assert first.wait(100) == 1
    assert "3 runs: 2 interrupted, 1 open; the same line goes on" in output(tmp_path, 0)
    assert statuses(tmp_path) == ["interrupted", "interrupted", "open"]
    hold(tmp_path)
    assert start("local").wait(100) == 0, output(tmp_path, 1)
    assert sorted(started(tmp_path).values()) == [1, 2, 2]
    assert len(list(tmp_path.glob("*/run.json"))) == SEEDS


@pytest.mark.parametrize(("executor", "running"), [("local", 2), ("in-process", 1)])
def test_a_signal_stops_a_sweep_with_checkpoints(
    executor: str, running: int, tmp_path: Path, start: Start
) -> None:
    hold(tmp_path, 0, 1)
    first = start(executor)
    wait_until(lambda: len(started(tmp_path)) == running)
    first.send_signal(signal.SIGTERM)
    assert first.wait(100) == 128 + signal.SIGTERM, output(tmp_path, 0)
    assert statuses(tmp_path) == ["interrupted"] * running + ["open"] * (SEEDS - running)
    assert f"3 runs: {running} interrupted, {SEEDS - running} open; the same line" in output(tmp_path, 0)

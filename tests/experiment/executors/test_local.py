"""Tasks side by side in real processes: how many at a time, on which devices, with how many threads."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from disentcli.errors import CallError
from disentcli.experiment.executors import local
from disentcli.experiment.executors.executor import Outcome, Task, build_executor
from disentcli.experiment.executors.local import LocalExecutor, available_cores, thread_limits, visible_gpus
from disentcli.training.signals import StopRequest

#: a task that writes what it sees, and when it was at work, until so many have begun, if it is said how many;
#: a signal ends it with what a training returns
PROBE = """
import json, os, signal, sys, time
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
seen = {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")}
start = time.time()
print("begins", flush=True)
time.sleep(float(sys.argv[2]))
if len(sys.argv) > 3:
    open(f"{sys.argv[4]}/begun-{os.getpid()}", "w")
    while sum(name.startswith("begun") for name in os.listdir(sys.argv[4])) < int(sys.argv[3]):
        time.sleep(0.01)
print(json.dumps({**seen, "start": start, "end": time.time()}))
sys.exit(int(sys.argv[1]))
"""
Probe = Callable[..., list[Task]]


@pytest.fixture
def probes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Probe:
    """Tasks that need no more than Python itself: exit code and seconds of each."""
    monkeypatch.setattr(local, "fig_command", lambda words: [sys.executable, "-S", "-c", PROBE, *words])
    for name in (*local.THREADS, "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    return lambda *words: [Task(str(at), f"probe {at}", one, tmp_path) for at, one in enumerate(words)]


def seen(tasks: list[Task]) -> list[dict[str, Any]]:
    return [json.loads(task.file("log").read_text().splitlines()[-1]) for task in tasks]


def at_once(spans: list[dict[str, Any]]) -> int:
    """How many of them were at work at the same time."""
    starts = [float(span["start"] or 0) for span in spans]
    return max(
        sum(float(one["start"] or 0) <= now < float(one["end"] or 0) for one in spans) for now in starts
    )


def test_four_devices_take_as_many_tasks_as_asked(probes: Probe, tmp_path: Path) -> None:
    tasks = probes(*[("0", "0.05", "8", str(tmp_path))] * 12)
    outcomes = LocalExecutor(gpus="0,1,2,3", per_gpu=2).run(tasks, StopRequest())
    assert [one.status for one in outcomes] == ["completed"] * 12
    spans = seen(tasks)
    assert {span["CUDA_VISIBLE_DEVICES"] for span in spans} == {"0", "1", "2", "3"}
    assert at_once(spans) == 8
    for device in "0123":
        assert at_once([span for span in spans if span["CUDA_VISIBLE_DEVICES"] == device]) == 2


def test_cores_are_shared_out_unless_the_user_says_how_many_threads(
    probes: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "available_cores", lambda: 8)
    tasks = probes(("0", "0"), ("0", "0"))
    LocalExecutor(jobs=3).run(tasks, StopRequest())
    assert [one["OMP_NUM_THREADS"] for one in seen(tasks)] == ["2", "2"]
    assert set(thread_limits(100).values()) == {"1"}
    monkeypatch.setenv("OMP_NUM_THREADS", "5")
    assert "OMP_NUM_THREADS" not in thread_limits(3)
    LocalExecutor(jobs=3).run(tasks, StopRequest())
    assert [one["OMP_NUM_THREADS"] for one in seen(tasks)] == ["5", "5"]


def test_a_failed_task_stops_no_other_and_its_output_is_in_its_own_file(
    probes: Probe, capsys: pytest.CaptureFixture[str]
) -> None:
    tasks = probes(("1", "0"), ("0", "0"))
    outcomes = {one.task.key: one.status for one in LocalExecutor(jobs=2).run(tasks, StopRequest())}
    assert outcomes == {"0": "failed", "1": "completed"}
    shown = capsys.readouterr().out
    assert sorted(line.split()[0] for line in shown.splitlines()) == ["completed", "failed"]
    assert "begins" not in shown
    assert all(task.file("log").read_text().startswith("begins\n") for task in tasks)


def test_a_stop_reaches_those_at_work_and_starts_no_other(probes: Probe) -> None:
    tasks = probes(*[("0", "60")] * 3)
    stop = StopRequest()
    timer = Timer(0.7, lambda: setattr(stop, "signal", signal.SIGINT))
    timer.start()
    began = time.monotonic()
    outcomes = LocalExecutor(jobs=2).run(tasks, stop)
    assert time.monotonic() - began < 20
    stopped = (128 + signal.SIGTERM, "interrupted")
    assert {one.task.key: (one.code, one.status) for one in outcomes} == {"0": stopped, "1": stopped}
    assert not tasks[2].file("log").exists()


def test_tasks_have_sessions_of_their_own_so_that_the_terminal_interrupts_only_the_sweep(
    probes: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import os; print(os.getsid(0))"
    monkeypatch.setattr(local, "fig_command", lambda words: [sys.executable, "-S", "-c", code])
    (task,) = probes(())
    LocalExecutor(jobs=1).run([task], StopRequest())
    assert int(task.file("log").read_text()) != os.getsid(0)


@pytest.mark.parametrize(
    ("given", "visible", "found"),
    [
        ("0,1", None, ["0", "1"]),
        ([0, 2], None, ["0", "2"]),
        ("0,1", "4,6", ["4", "6"]),
        ("GPU-1a,GPU-2b", "4,6", ["GPU-1a", "GPU-2b"]),
        (3, None, ["3"]),
        (None, "4", []),
    ],
)
def test_gpus_count_from_those_that_are_visible(
    given: object, visible: str | None, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    executor = build_executor({"_type": "local", "gpus": given})
    assert isinstance(executor, LocalExecutor)
    assert executor.gpus == found
    assert executor.jobs == (len(found) or available_cores())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gpus": "0,0"}, "--gpus 0,0: expected numbers of GPUs, each once"),
        ({"gpus": "0,,1"}, "expected numbers of GPUs"),
        ({"gpus": "0,1", "per_gpu": 2, "jobs": 5}, "--jobs 5 is more than the GPUs take: 4"),
        ({"jobs": 0}, "local.jobs: expected a whole number of at least 1"),
        ({"job": 2}, "local.job: the executor 'local' has no such argument; did you mean jobs"),
    ],
)
def test_wrong_options_say_what_is_expected(options: dict[str, object], message: str) -> None:
    with pytest.raises(CallError, match=message):
        build_executor({"_type": "local", **options})


def test_a_number_beyond_the_visible_gpus_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,6")
    with pytest.raises(CallError, match="--gpus 2: CUDA_VISIBLE_DEVICES=4,6 shows 2"):
        visible_gpus("0,2")


def test_outcomes_are_told_apart(tmp_path: Path) -> None:
    task = Task("a", "a", (), tmp_path)
    codes = {0: "completed", 1: "failed", 2: "failed", 75: "interrupted", 130: "interrupted", 137: "failed"}
    assert {code: Outcome(task, code).status for code in codes} == codes


def test_a_task_that_cannot_be_started_has_failed(probes: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "fig_command", lambda words: ["/no/such/python"])
    (outcome,) = LocalExecutor(jobs=1).run(probes(("0", "0")), StopRequest())
    assert (outcome.status, outcome.reason[:23]) == ("failed", "it cannot be started: [")

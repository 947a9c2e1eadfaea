"""The sbatch file of a sweep, run by bash with stand-ins for Slurm's commands."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from disentcli.experiment.executors import slurm_script
from disentcli.experiment.executors.executor import TIME_OVER, Task
from disentcli.experiment.executors.slurm_script import ArrayOptions, array_script, chains

SRUN = """
while [ "$1" != bash ]; do shift; done
worst=0
for SLURM_PROCID in 0 1; do
  export SLURM_PROCID; "$@"; code=$?
  worst=$((code > worst ? code : worst))
done
exit $worst
"""
COMMANDS = {"srun": SRUN, "scontrol": 'echo "$*" >>"$CALLS"'}


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for Slurm's commands first on the path; the file of what scontrol was told."""
    for name, body in COMMANDS.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"


def task(key: str, folder: Path, *after: str) -> Task:
    return Task(key, f"name-{key}", ("sweep", "it's", "--task", key), folder, after)


def run_array_task(script: str, place: int, restarts: int = 0) -> int:
    """The exit code of one task of the array."""
    place_of = {
        "SLURM_ARRAY_JOB_ID": "7",
        "SLURM_ARRAY_TASK_ID": str(place),
        "SLURM_RESTART_COUNT": str(restarts),
    }
    return subprocess.run(["bash", "-c", script], env={**os.environ, **place_of}, check=False).returncode


def test_a_run_is_followed_by_those_that_start_from_it(tmp_path: Path) -> None:
    first, other, stage = task("a", tmp_path), task("b", tmp_path), task("c", tmp_path, "a")
    alone, last = task("d", tmp_path, "gone"), task("e", tmp_path, "c")
    assert chains([first, other, stage, alone, last]) == [[first, stage, last], [other], [alone]]


def test_each_process_does_the_runs_of_its_place(
    commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("submitit")
    monkeypatch.setattr(slurm_script, "fig_command", lambda words: ["echo", *words])
    rows = [[task("a", tmp_path), task("b", tmp_path, "a")], [task("c", tmp_path)], [task("d", tmp_path)]]
    script = array_script(rows, ArrayOptions({}, per_gpu=2), tmp_path)
    assert "#SBATCH --array=0-1%2" in script
    assert "#SBATCH --gpus-per-node=1" in script

    assert run_array_task(script, 0) == 0
    said = {log.stem: log.read_text() for log in tmp_path.glob("*.log")}
    assert said == {"a": "sweep it's --task a,b\n", "c": "sweep it's --task c\n"}
    assert run_array_task(script, 1) == 0
    assert (tmp_path / "d.log").read_text() == "sweep it's --task d\n"
    assert commands.read_text().splitlines() == [
        "update JobId=7_0 JobName=name-a+2",
        "update JobId=7_1 JobName=name-d",
    ]


@pytest.mark.parametrize(
    ("code", "restarts", "requeued"),
    [
        *((128 + number, 0, True) for number in (signal.SIGUSR1, signal.SIGUSR2)),
        (TIME_OVER, 2, True),
        (TIME_OVER, 3, False),
        *((code, 0, False) for code in (0, 1, 128 + signal.SIGTERM, 128 + signal.SIGKILL)),
    ],
)
def test_what_is_out_of_time_is_queued_again(
    commands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, restarts: int, requeued: bool
) -> None:
    pytest.importorskip("submitit")
    monkeypatch.setattr(slurm_script, "fig_command", lambda words: ["bash", "-c", f"exit {code}"])
    script = array_script([[task("a", tmp_path)]], ArrayOptions({}, requeues=3), tmp_path)
    assert run_array_task(script, 0, restarts) == code
    assert ("requeue 7_0" in commands.read_text()) == requeued

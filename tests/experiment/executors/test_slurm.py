"""The executor for Slurm with stand-ins for Slurm's commands; tests/cluster/test_slurm.py has a real one."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from disentcli.errors import CallError, DisentError
from disentcli.experiment.executors.executor import Task
from disentcli.experiment.executors.slurm import SlurmExecutor
from disentcli.experiment.executors.slurm_queue import ArrayTask, queue
from disentcli.training.signals import StopRequest

SQUEUE = """
echo '7|0|RUNNING|None'
echo '7|1|PENDING|Priority'
echo '7|2|TIMEOUT|TimeLimit'
echo '7|3|FAILED|NonZeroExitCode'
echo '8|0|PENDING|None'
"""
COMMANDS = {
    "squeue": SQUEUE,
    "sbatch": 'echo 9 >>"$CALLS.jobs"; wc -l <"$CALLS.jobs"',
    "scontrol": "echo 'MaxArraySize            = 2'",
    "scancel": 'echo "$*" >>"$CALLS"',
}


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for Slurm's commands first on the path; the file of what scancel was told."""
    for name, body in COMMANDS.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    return tmp_path / "calls"


def tasks(folder: Path, keys: str) -> list[Task]:
    return [Task(key, f"name-{key}", ("sweep", "--task", key), folder) for key in keys]


@pytest.mark.usefixtures("calls")
def test_what_is_not_queued_is_submitted_in_arrays_as_long_as_the_site_allows(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    (tmp_path / "slurm-7.json").write_text('{"tasks": [["a"], ["b"], ["c"]]}')
    assert SlurmExecutor().run(tasks(tmp_path, "abcde"), StopRequest()) == []
    submitted = [json.loads((tmp_path / f"slurm-{job}.json").read_text())["tasks"] for job in (1, 2)]
    assert submitted == [[["c"], ["d"]], [["e"]]]
    assert "#SBATCH --array=0-1%2" in (tmp_path / "slurm" / "1.sh").read_text()


@pytest.mark.usefixtures("calls")
def test_what_slurm_knows_of_runs(tmp_path: Path) -> None:
    (tmp_path / "slurm-7.json").write_text('{"tasks": [["a"], ["b"], ["c"], ["d"]]}')
    states = SlurmExecutor().states(tasks(tmp_path, "abcde"))
    assert {key: (state.status, state.reason) for key, state in states.items()} == {
        "a": ("running", ""),
        "b": ("queued", "Priority"),
        "c": ("open", "its time was over"),
        "d": ("open", "slurm/7_3_0_log.out"),
    }


def test_only_what_is_queued_is_taken_back(calls: Path, tmp_path: Path) -> None:
    (tmp_path / "slurm-7.json").write_text('{"tasks": [["a"], ["b", "d"], ["c"]]}')
    assert SlurmExecutor().cancel(tasks(tmp_path, "abcd")) == 1
    assert calls.read_text() == "7_[1]\n"


@pytest.mark.usefixtures("calls")
def test_the_queue_is_read() -> None:
    assert queue(["7"]) == {
        ("7", 0): ArrayTask("RUNNING"),
        ("7", 1): ArrayTask("PENDING", "Priority"),
        ("7", 2): ArrayTask("TIMEOUT", "TimeLimit"),
        ("7", 3): ArrayTask("FAILED", "NonZeroExitCode"),
    }
    assert queue([]) == {}


def test_nothing_is_submitted_where_the_queue_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slurm-7.json").write_text('{"tasks": [["a"]]}')
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DisentError, match=r"squeue is not found.*--dry-run"):
        SlurmExecutor().states(tasks(tmp_path, "a"))


def test_a_signal_before_the_beginning_is_refused() -> None:
    with pytest.raises(CallError, match=r"slurm\.signal-delay: 120 s"):
        SlurmExecutor(time=2)


def test_a_missing_package_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit.slurm", None)
    with pytest.raises(CallError, match=r"pip install 'disentcli\[slurm\]'"):
        SlurmExecutor().preview(tasks(tmp_path, "a"))

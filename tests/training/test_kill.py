"""kill -9 at any moment: the run that is left loads, resumes, and ends as if nothing had happened.

DISENTCLI_SOAK=N kills N times a phase instead of twice.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny_world as tiny
import torch

from disentcli.runs.listing import list_runs
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run

TIMES = int(os.environ.get("DISENTCLI_SOAK", "2"))
BUDGET = 400
PROGRAM = Path(tiny.__file__)


def call(root: Path, method: str) -> subprocess.Popen[str]:
    """One training call in a process of its own, past its imports."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(PROGRAM), str(root), method, str(BUDGET)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def kill_after(process: subprocess.Popen[str], seconds: float) -> None:
    """Kill -9; a process that was quicker is as good."""
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    assert process.wait() in (0, -signal.SIGKILL)


def kill_while_writing(process: subprocess.Popen[str], root: Path) -> None:
    """Kill -9 while a checkpoint is half written."""
    while process.poll() is None:
        if next(root.glob("tiny_*/checkpoints/.*"), None):
            process.send_signal(signal.SIGKILL)
    assert process.wait() in (0, -signal.SIGKILL)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The uninterrupted run of each method, with as many threads as those that are killed."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    runs = {m: tiny.start(tmp_path_factory.mktemp(m), m, BUDGET)[0] for m in ("ae", "vae")}
    torch.set_num_threads(threads)
    return runs


@pytest.mark.parametrize("phase", ["training", "checkpointing"])
@pytest.mark.parametrize("method", ["ae", "vae"])
def test_killed_runs_end_like_the_uninterrupted_one(
    tmp_path: Path, whole: dict[str, Run], phase: str, method: str
) -> None:
    rng = random.Random(f"{phase} {method} {TIMES}")
    for _ in range((TIMES + 1) // 2):  # the other half is the other method's
        process = call(tmp_path, method)
        if phase == "training":
            kill_after(process, rng.uniform(0.0, 1.5))
        else:
            kill_while_writing(process, tmp_path)
        assert all(listed.status in ("killed", "created", "completed") for listed in list_runs(tmp_path))
    assert call(tmp_path, method).wait() == 0
    run = Run.find(tmp_path, "last")
    assert run.status() == "completed"
    assert tiny.same(tiny.weights(run), tiny.weights(whole[method]))
    assert read_scalars(run.records) == read_scalars(whole[method].records)
    assert not list(run.checkpoints.glob(".*"))

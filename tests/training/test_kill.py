"""kill -9 at any moment: the run that is left loads, resumes, and ends as if nothing had happened.

DISENTCLI_SOAK=N kills N times a phase instead of once.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
import torch

from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run
from disentcli.runs.run_index import list_runs

from . import tiny_world as tiny

TIMES = int(os.environ.get("DISENTCLI_SOAK", "1"))
BUDGET = 150
SERVER = multiprocessing.get_context("forkserver")  # imports once, then gives processes that start at once
SERVER.set_forkserver_preload(["tests.training.tiny_world", "torch.utils.tensorboard"])


def call(root: Path, method: str) -> BaseProcess:
    """One training call in a process of its own."""
    process = SERVER.Process(target=tiny.one_call, args=(root, method, BUDGET))
    process.start()
    return process


def exit_code(process: BaseProcess) -> int | None:
    """Wait for the process."""
    process.join()
    return process.exitcode


def kill_after(process: BaseProcess, seconds: float) -> None:
    """Kill -9; a process that was quicker is as good."""
    time.sleep(seconds)
    process.kill()
    assert exit_code(process) in (0, -9)


def kill_while_writing(process: BaseProcess, root: Path) -> None:
    """Kill -9 while a checkpoint is half written."""
    while process.is_alive():
        if next(root.glob("tiny_*/checkpoints/.*"), None):
            process.kill()
    assert exit_code(process) in (0, -9)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """The uninterrupted run of each method, with as many threads as those that are killed."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    runs = {m: tiny.start(tmp_path_factory.mktemp(m), m, BUDGET)[0] for m in ("ae", "vae")}
    torch.set_num_threads(threads)
    return runs


@pytest.mark.kill
@pytest.mark.parametrize("phase", ["training", "checkpointing"])
@pytest.mark.parametrize("method", ["ae", "vae"])
def test_killed_runs_end_like_the_uninterrupted_one(
    tmp_path: Path, whole: dict[str, Run], phase: str, method: str
) -> None:
    rng = random.Random(f"{phase} {method} {TIMES}")
    roots = [
        tmp_path / f"{number // 2}" for number in range((TIMES + 1) // 2)
    ]  # the other half: the other method
    for root in roots:  # each run is killed twice, if that many kills are wanted
        process = call(root, method)
        if phase == "training":
            kill_after(process, rng.uniform(0.0, 1.5))
        else:
            kill_while_writing(process, root)
        assert all(listed.status in ("killed", "created", "completed") for listed in list_runs(root))
    for root in sorted(set(roots)):
        assert exit_code(call(root, method)) == 0
        run = Run.find(root, "last")
        assert run.status() == "completed"
        assert tiny.same(tiny.weights(run), tiny.weights(whole[method]))
        assert read_scalars(run.records) == read_scalars(whole[method].records)
        assert not list(run.checkpoints.glob(".*"))


PLACES = {
    "a record is on disk, its checkpoint not": ("disentcli.runs.records:Records.flush", 5),
    "a checkpoint is written, run.json not": ("disentcli.runs.checkpoint:save", 4),
    "the last checkpoint is written, the end not": ("disentcli.runs.checkpoint:save", BUDGET // 10),
}


@pytest.mark.kill
@pytest.mark.parametrize("where", PLACES)
def test_killed_at_a_place_it_ends_like_the_uninterrupted_one(
    tmp_path: Path, whole: dict[str, Run], where: str
) -> None:
    process = SERVER.Process(target=tiny.killed_call, args=(tmp_path, BUDGET, *PLACES[where]))
    process.start()
    assert exit_code(process) == -9
    assert [listed.status for listed in list_runs(tmp_path)] == ["killed"]
    assert exit_code(call(tmp_path, "vae")) == 0
    run = Run.find(tmp_path, "last")
    assert run.status() == "completed"
    assert tiny.same(tiny.weights(run), tiny.weights(whole["vae"]))
    assert read_scalars(run.records) == read_scalars(whole["vae"].records)
    assert checkpoint.steps(run) == checkpoint.steps(whole["vae"])

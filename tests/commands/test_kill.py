"""kill -9 at a random moment of a real command: the next call succeeds, and nothing half done is left.

DISENTCLI_SOAK=N kills N times a phase instead of once.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from disentcli.runs.run import Run

from ..conftest import FIG, PROJECT, command_environment
from . import in_process

pytestmark = pytest.mark.kill

TIMES = int(os.environ.get("DISENTCLI_SOAK", "1"))
SPRITES = ("d/sprites32", "--dataset.positions", "4", "--dataset.orientations", "4")
TRAINING = ("train", "a/dislib", "m/vae", *SPRITES, "--budget", "60", "--checkpoint.freq", "4", "--quiet")
FEW = ("--points", "200", "--test-points", "100", "--metrics.dci", "false")
GRID = ("d/sprites", "--dataset.scales", "4")  # 491,520 images, a quarter of a gigabyte
RENDERING = ("train", "a/dislib", "m/ae", *GRID, "--budget", "0", "--quiet")


class Place:
    """A data folder and a runs folder of one test, and calls in them."""

    def __init__(self, folder: Path) -> None:
        self.data, self.runs = folder / "data", folder / "runs"
        self.environment = command_environment(self.data, self.runs)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The command, running."""
        pipe = subprocess.PIPE
        command = [str(FIG), *words]
        return subprocess.Popen(
            command, cwd=PROJECT, env=self.environment, stdout=pipe, stderr=pipe, text=True
        )

    def call(self, *words: str) -> float:
        """Run the command to its end, which must be a good one; gives the seconds it took."""
        start = time.monotonic()
        process = self.start(*words)
        _, errors = process.communicate(timeout=300)
        assert process.returncode == 0, errors
        return time.monotonic() - start

    def call_here(self, *words: str) -> None:
        """The same in this process, whose imports are done."""
        answer = in_process.Place(self.runs, self.data).fig(*words, "--device", "cpu")
        assert answer.code == 0, answer.err

    def kill(self, seconds: float, *words: str, has_begun: Callable[[], bool] = lambda: True) -> int:
        """Kill the command so many seconds after it has begun; gives its exit code, 0 if it was quicker."""
        process = self.start(*words)
        while process.poll() is None and not has_begun():
            time.sleep(0.02)
        time.sleep(seconds)
        process.kill()
        process.communicate()
        assert process.returncode in (0, -9)
        return process.returncode


def moments(phase: str, seconds: float) -> list[float]:
    """Random moments of a command that takes so many seconds; what comes first is not worth killing."""
    rng = random.Random(f"{phase} {TIMES}")
    return [rng.uniform(0.3, 1.0) * seconds for _ in range(TIMES)]


@pytest.mark.slow
def test_rendering(tmp_path: Path) -> None:
    whole, place = Place(tmp_path / "whole"), Place(tmp_path / "killed")
    seconds = whole.call(*RENDERING)
    for moment in moments("rendering", seconds):
        place.kill(moment, *RENDERING)
        for ready in place.data.glob("sprites*"):  # what bears its final name is complete
            assert checksum(ready) == checksum(next(whole.data.glob("sprites*")))
            assert len(list(ready.iterdir())) == len(list(next(whole.data.glob("sprites*")).iterdir()))
    place.call(*RENDERING)
    assert [checksum(folder) for folder in place.data.glob("sprites*")] == [
        checksum(folder) for folder in whole.data.glob("sprites*")
    ]
    assert not list(place.data.glob(".sprites*.partial"))


def checksum(folder: Path) -> str:
    return str(json.loads((folder / "meta.json").read_text())["sha256"])


def test_training_and_checkpointing(tmp_path: Path) -> None:
    whole, place = Place(tmp_path / "whole"), Place(tmp_path / "killed")
    words = (*TRAINING, "--name", "one")
    whole.call_here(*words)
    seconds = 0.9 * Run.find(whole.runs, "one").info()["wall_seconds"]  # before it ends
    for moment in moments("training", seconds):
        start = time.time()
        place.kill(moment, *words, has_begun=lambda start=start: is_training(place.runs, start))
        if any(place.runs.glob("one_*")):  # from here on, the run is continued
            words = ("train", "--resume", "one", "--quiet")
    place.call(*words)
    assert same(weights(place.runs), weights(whole.runs))


def is_training(runs: Path, start: float) -> bool:
    """Whether the training of a call that started then has begun."""
    return any(
        path.stat().st_mtime > start and json.loads(path.read_text())["status"] == "running"
        for path in runs.glob("one_*/run.json")
    )


def weights(runs: Path) -> dict[str, torch.Tensor]:
    run = Run.find(runs, "one")
    assert run.status() == "completed"
    state = torch.load(run.checkpoints / "step-000000060.pt", weights_only=True)
    return dict(state["model"])


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    "evaluation",
    [
        pytest.param(("eval",), id="eval", marks=pytest.mark.slow),
        pytest.param(("eval-metrics", "eval/demo", *FEW), id="eval-metrics"),
    ],
)
def test_evaluating(evaluation: tuple[str, ...], tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.call_here(*TRAINING, "--name", "one", "--budget", "5")
    seconds = place.call(*evaluation, "--load", "one", "--ident", "whole")
    folder = Run.find(place.runs, "one").path / "results"
    whole = json.loads((folder / "whole.json").read_text())["scores"]
    for number, moment in enumerate(moments(evaluation[0], seconds)):
        words = (*evaluation, "--load", "one", "--ident", f"try-{number}")
        if (
            place.kill(moment, *words) != 0
            and scores_in(folder / f"try-{number}.json").keys() != whole.keys()
        ):
            place.call(*words)
        assert scores_in(folder / f"try-{number}.json") == whole


def scores_in(path: Path) -> dict[str, object]:
    """The scores written so far: metrics come one by one."""
    return dict(json.loads(path.read_text())["scores"]) if path.exists() else {}

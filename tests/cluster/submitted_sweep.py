"""A small sweep on a cluster of the tests, and what disturbs it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

from disentcli.runs import checkpoint
from disentcli.runs.records import read_scalars
from disentcli.runs.run import Run
from disentcli.runs.run_index import newest_first

from ..commands.in_process import Place
from ..conftest import FIG, PROJECT, command_environment
from ..training.tiny_world import same, weights

TRAIN = (
    "m/vae d/vec --dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --latent-dim 2"
    " --validation.freq 0 --viz.freq 0 --checkpoint.freq 100 --records.freq 50 --logger none"
    " --device cpu --quiet true"
)
BUDGET = 700
THEN = ("--then", "[eval --limit 8]")


class SubmittedSweep:
    """A sweep in a folder of its own; `environment` is that of its cluster."""

    def __init__(self, folder: Path, data: Path, words: str, environment: dict[str, str]) -> None:
        self.folder, self.words = folder, words
        self.environment = {**command_environment(data, folder), **environment}

    def call(self, *more: str, seconds: float = 400, code: int | None = 0) -> str:
        """Type the line of the sweep; what it printed. `code`: the exit code that it has to have, if any."""
        with self.start(*more) as process:
            output, _ = process.communicate(timeout=seconds)
        assert code is None or process.returncode == code, output
        return output

    def start(self, *more: str) -> subprocess.Popen[str]:
        """Type the line of the sweep; the process, in a session of its own as in another terminal."""
        command = [str(FIG), "sweep", "train", *TRAIN.split(), *self.words.split(), *THEN, *more]
        return subprocess.Popen(
            command,
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def runs(self) -> dict[int, Run]:
        """The runs that there are, by seed."""
        return runs_by_seed(self.folder)

    def step(self, seed: int) -> int:
        """The step of its newest checkpoint after the first step; 0 while it has none."""
        run = self.runs().get(seed)
        return max(checkpoint.steps(run), default=0) if run else 0

    def statuses(self) -> list[str]:
        """The status of each run, by seed."""
        return [run.status() for _, run in sorted(self.runs().items())]

    def signal(self, seed: int, number: signal.Signals) -> None:
        """Send a signal to the process that trains this run, and to the one that started it."""
        key = self.runs()[seed].info()["plan"]
        for pid in (holder(self.folder / ".sweeps" / f"{key}.claim"), self.writer(seed)):
            os.kill(pid, number)

    def writer(self, seed: int) -> int:
        """The process that trains this run."""
        return holder(self.runs()[seed].path / "lock")


def holder(lock: Path) -> int:
    """The process that a lock file names."""
    return int(lock.read_text().split()[1])


def train_serially(folder: Path, data: Path, seeds: int, budget: int) -> Place:
    """The runs of a sweep, each trained without a pause in this process."""
    folder.mkdir(exist_ok=True)
    place = Place(folder, data)
    for seed in range(seeds):
        answer = place.fig("train", *TRAIN.split(), "--budget", budget, "--seed", seed)
        assert answer.code == 0, answer.err
    return place


def check_complete(sweep: SubmittedSweep, place: Place, seeds: Iterable[int]) -> None:
    """Each run was made once, its steps stand once, its calls are made; its weights are the serial ones."""
    runs, serial = sweep.runs(), runs_by_seed(place.runs)
    names = [path.name for path in sweep.folder.iterdir() if not path.name.startswith(".")]
    assert len(names) == len(runs)
    assert sorted(runs) == list(seeds)
    assert set(sweep.statuses()) == {"completed"}
    for seed, run in runs.items():
        assert same(weights(run), weights(serial[seed]))
        steps = [row["step"] for row in read_scalars(run.records)]
        assert steps == sorted(set(steps))
        assert steps[-1] == run.info()["budget"]
        assert list(run.info()["called"]) == ["eval --limit 8"]


def runs_by_seed(folder: Path) -> dict[int, Run]:
    """The runs of a folder, by seed."""
    found = [Run(folder / name) for name in newest_first(folder)]
    return {run.info()["seed"]: run for run in found}

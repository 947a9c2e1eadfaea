"""A small sweep on a cluster of the tests, and what disturbs it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from disentcli.runs import checkpoint
from disentcli.runs.run import Run
from disentcli.runs.run_index import newest_first

from ..conftest import FIG, PROJECT, command_environment

TRAIN = (
    "m/vae d/vec --dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --latent-dim 2"
    " --validation.freq 0 --viz.freq 0 --checkpoint.freq 100 --records.freq 50 --logger none --quiet true"
)


class SubmittedSweep:
    """A sweep in a folder of its own; `environment` is that of its cluster."""

    def __init__(self, folder: Path, data: Path, words: str, environment: dict[str, str]) -> None:
        self.runs_folder, self.words = folder, words
        self.environment = {**command_environment(data, folder), **environment}

    def call(self, *more: str, seconds: float = 240) -> str:
        """Type the line of the sweep; what it printed."""
        command = [str(FIG), "sweep", "train", *TRAIN.split(), *self.words.split(), *more]
        done = subprocess.run(
            command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def runs(self) -> dict[int, Run]:
        """The runs that there are, by seed."""
        found = [Run(self.runs_folder / name) for name in newest_first(self.runs_folder)]
        return {run.info()["seed"]: run for run in found}

    def step(self, seed: int) -> int:
        """The step of its newest checkpoint after the first step; 0 while it has none."""
        run = self.runs().get(seed)
        return max(checkpoint.steps(run), default=0) if run else 0

    def statuses(self) -> list[str]:
        """The status of each run, by seed."""
        return [run.status() for _, run in sorted(self.runs().items())]

    def kill(self, seed: int) -> None:
        """kill -9 of the process that trains this run, and of the one that started it."""
        run = self.runs()[seed]
        claim = run.path.parent / ".sweeps" / f"{run.info()['plan']}.claim"
        for file in (claim, run.path / "lock"):
            os.kill(int(file.read_text().split()[1]), signal.SIGKILL)

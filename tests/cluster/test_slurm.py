"""A sweep on a real Slurm: submitted and left, disturbed, completed by the same line, equal to a serial one."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from disentcli.runs import checkpoint
from disentcli.runs.run import Run

from ..conftest import Fig
from .slurm_cluster import SlurmCluster

pytest.importorskip("submitit", reason="the extra `slurm` is not installed")

TRAIN = (
    "m/vae d/vec --dataset.count 300 --dataset.test-count 50 --dataset.batch-size 16 --validation.freq 0"
    " --checkpoint.freq 100 --logger none --quiet"
)
SLURM = "--executor slurm --slurm.mem 100M --slurm.time 5"
SUBMITTED = re.compile(r"(\d+) runs as (\d+) tasks of job (\d+)")


class Sweep:
    """A sweep on a cluster, in a folder of its own."""

    def __init__(self, fig: Fig, cluster: SlurmCluster, folder: Path, words: str) -> None:
        self.fig, self.cluster, self.folder, self.words = fig, cluster, folder, words
        self.environment = cluster.environment

    def call(self, *more: str) -> str:
        """Type the line of the sweep; what it printed."""
        done = self.fig(
            "sweep", "train", *self.words.split(), *SLURM.split(), *more, env={**self._roots(), **self.environment}
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def _roots(self) -> dict[str, str]:
        return {**os.environ, "DISENTCLI_RUNS": str(self.folder)}

"""Clusters for the tests, and runs to compare theirs with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..commands.in_process import Place
from .slurm_cluster import SlurmCluster, why_not
from .submitted_sweep import BUDGET, train_serially


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmCluster]:
    """A real slurmctld with one node; skipped with the reason where there can be none."""
    if reason := why_not():
        pytest.skip(f"no Slurm: {reason}")
    with SlurmCluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def serial(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Place:
    """The runs of three seeds, each trained without a pause in this process."""
    return train_serially(tmp_path_factory.mktemp("serial"), dataroot, 3, BUDGET)

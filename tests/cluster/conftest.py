"""Clusters for the tests, started once a module and stopped at its end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .slurm_cluster import SlurmCluster, why_not


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlurmCluster]:
    """A real slurmctld with one node; skipped with the reason where there can be none."""
    if reason := why_not():
        pytest.skip(f"no Slurm: {reason}")
    with SlurmCluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster

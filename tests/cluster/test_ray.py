"""A sweep on a Ray cluster of two nodes on this machine, one of which is lost in the middle."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from ..commands.in_process import Place
from .submitted_sweep import BUDGET, SubmittedSweep, check_complete

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra `ray` is not installed")

NODE = {"num_cpus": 2, "object_store_memory": 80 * 2**20}


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A cluster whose one node is its head."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={**NODE, "include_dashboard": False})
    yield made
    made.shutdown()


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and those that these have."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    children = [child for child, parent in parents.items() if parent == pid]
    return [*children, *(one for child in children for one in descendants(child))]


def lose(cluster: Any, node: Any) -> None:
    """Take a node away with all that runs on it, at once."""
    raylet = node.all_processes["raylet"][0].process.pid
    for pid in (*descendants(raylet), raylet):
        os.kill(pid, signal.SIGKILL)
    cluster.remove_node(node, allow_graceful=False)


def test_a_sweep_survives_the_loss_of_a_node(cluster: Any, serial: Place, tmp_path: Path) -> None:
    node = cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    words = f"--budget {BUDGET} --seeds 3 --executor ray --ray.address {cluster.address}"
    sweep = SubmittedSweep(tmp_path, serial.data, words, {})
    with sweep.start() as process:
        deadline = time.monotonic() + 240
        while not all(sweep.step(seed) for seed in range(3)):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        lose(cluster, node)
        output, _ = process.communicate(timeout=400)
    assert process.returncode == 0, output
    check_complete(sweep, serial, range(3))
    logs = "".join(log.read_text() for log in (tmp_path / ".sweeps").glob("*.log"))
    assert "--resume" in logs

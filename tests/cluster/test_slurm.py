"""A sweep on a real Slurm: submitted and left, disturbed, completed by the same line, equal to a serial one."""

from __future__ import annotations

from pathlib import Path

import pytest

from disentcli.runs.records import read_scalars

from ..commands.in_process import Place
from ..training.tiny_world import same, weights
from .slurm_cluster import SlurmCluster
from .submitted_sweep import TRAIN, SubmittedSweep

pytest.importorskip("submitit", reason="the extra `slurm` is not installed")

SLURM = "--executor slurm --slurm.mem 100M --slurm.time 5"
BUDGET = 700


@pytest.fixture(scope="module")
def serial(tmp_path_factory: pytest.TempPathFactory, dataroot: Path) -> Place:
    """The runs of three seeds, each trained without a pause in this process."""
    place = Place(tmp_path_factory.mktemp("serial"), dataroot)
    for seed in range(3):
        answer = place.fig("train", *TRAIN.split(), "--budget", BUDGET, "--seed", seed)
        assert answer.code == 0, answer.err
    return place


def check_complete(sweep: SubmittedSweep, place: Place, budget: int = BUDGET) -> None:
    """Each run was made once, its steps stand once, its calls are made, and its weights are the serial ones."""
    serial = SubmittedSweep(place.runs, place.data, "", {}).runs()
    names = [path.name for path in sweep.runs_folder.iterdir() if not path.name.startswith(".")]
    assert len(names) == len(serial) and sweep.statuses() == ["completed"] * len(serial)
    for seed, run in sweep.runs().items():
        assert same(weights(run), weights(serial[seed]))
        steps = [row["step"] for row in read_scalars(run.records)]
        assert steps == sorted(set(steps)) and steps[-1] == budget
        assert list(run.info()["called"]) == ["eval --limit 8"]


def test_a_sweep_is_submitted_and_completed_whatever_happens(
    slurm: SlurmCluster, serial: Place, tmp_path: Path
) -> None:
    words = f"--budget {BUDGET} --seeds 3 --then [eval_--limit_8] {SLURM}"
    sweep = SubmittedSweep(tmp_path, serial.data, words, slurm.environment)
    assert "3 runs as 3 tasks of job" in sweep.call()
    job = slurm.jobs()[0].partition("_")[0]
    slurm.wait_for(lambda: all(sweep.step(seed) > 0 for seed in range(3)), "checkpoints")
    assert sorted(slurm.names()) == [f"a,seed={seed}" for seed in range(3)]

    sweep.kill(0)
    slurm.call("scontrol", "requeue", f"{job}_1")
    slurm.call("scancel", "--signal=USR2", f"{job}_2")  # as Slurm says that a task's time is over
    slurm.restart_controller()
    assert "submitted" in sweep.call("--wait")
    check_complete(sweep, serial)

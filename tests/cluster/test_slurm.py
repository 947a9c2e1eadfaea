"""A sweep on a real Slurm: submitted, left, disturbed, completed by the same line; equal to a serial one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..commands.in_process import Place
from .slurm_cluster import SlurmCluster
from .submitted_sweep import BUDGET, SubmittedSweep, check_complete

pytest.importorskip("submitit", reason="the extra `slurm` is not installed")

SLURM = "--executor slurm --slurm.mem 100M"
SEEDS = 12


def test_a_sweep_is_submitted_disturbed_and_completed(
    slurm: SlurmCluster, serial: Place, tmp_path: Path
) -> None:
    words = f"--budget {BUDGET} --seeds 2 {SLURM}"
    sweep = SubmittedSweep(tmp_path, serial.data, words, slurm.environment)
    assert "2 runs as 2 tasks of job" in sweep.call()
    job = slurm.job()

    slurm.wait_for(lambda: sweep.step(0) > 0, "a checkpoint of the first run")
    sweep.kill(0)
    slurm.wait_for(lambda: sweep.step(1) > 0, "a checkpoint of the second run")
    slurm.wait_for(lambda: slurm.names() == ["m.vae.d.vec,seed=1"], "the killed task to end")
    slurm.call("scancel", "--signal=USR2", f"{job}_1")  # as Slurm says that a task's time is over
    slurm.wait_for(lambda: sweep.statuses() == ["killed", "interrupted"], "a checkpoint on the signal")
    slurm.restart_controller()

    assert "1 runs as 1 tasks of job" in sweep.call()
    assert "mse_per_pixel" in sweep.call("--wait")
    check_complete(sweep, serial, range(2))


@pytest.mark.slow
def test_twelve_runs_survive_all_that_a_cluster_does(
    slurm: SlurmCluster, tmp_path: Path, dataroot: Path
) -> None:
    words = f"--budget 4000 --seeds {SEEDS}"
    alone = SubmittedSweep(tmp_path / "serial", dataroot, words, {})
    alone.call(seconds=1200)

    limits = "--slurm.time 1 --slurm.signal-delay 10"  # Slurm adds up to a minute to it
    sweep = SubmittedSweep(tmp_path / "runs", dataroot, f"{words} {SLURM} {limits}", slurm.environment)
    assert "12 runs as 12 tasks of job" in sweep.call()
    job = slurm.job()
    slurm.wait_for(lambda: sweep.step(0) > 0, "a checkpoint of the first run", 300)
    sweep.kill(0)
    slurm.wait_for(lambda: sweep.step(1) > 0, "a checkpoint of the second run", 300)
    slurm.call("scontrol", "requeue", f"{job}_1")
    slurm.restart_controller()
    sweep.call("--wait", seconds=1800, code=None)
    assert sweep.statuses()[0] == "killed"

    restarted = slurm.call("scontrol", "show", "job", job)
    assert "Restarts=1" in restarted
    while any(status != "completed" for status in sweep.statuses()):
        sweep.call(code=None)
        sweep.call("--wait", seconds=1800, code=None)
    check_complete(sweep, Place(tmp_path / "serial", dataroot), range(SEEDS))


@pytest.mark.slow
def test_a_cancelled_sweep_can_be_taken_up_again(slurm: SlurmCluster, serial: Place, tmp_path: Path) -> None:
    words = f"--budget {BUDGET} --seeds 3 {SLURM} --slurm.max 2"
    sweep = SubmittedSweep(tmp_path, serial.data, words, slurm.environment)
    sweep.call()
    slurm.wait_for(lambda: sweep.step(0) > 0 and sweep.step(1) > 0, "checkpoints", 120)
    assert "1 queued" in sweep.call("--status")
    sweep.call("--cancel")
    slurm.wait_for(lambda: not slurm.jobs(), "the tasks to end")
    assert "interrupted" in sweep.statuses()

    sweep.call()
    sweep.call("--wait")
    check_complete(sweep, serial, range(3))

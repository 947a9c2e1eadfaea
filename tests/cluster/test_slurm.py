"""A sweep on a real Slurm: submitted, left, disturbed, completed by the same line; equal to a serial one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..commands.in_process import Place
from .slurm_cluster import SlurmCluster
from .submitted_sweep import BUDGET, SubmittedSweep, check_complete

pytest.importorskip("submitit", reason="the extra `slurm` is not installed")

SLURM = "--executor slurm --slurm.mem 100M --slurm.time 5"


def test_a_sweep_is_submitted_and_completed_whatever_happens(
    slurm: SlurmCluster, serial: Place, tmp_path: Path
) -> None:
    sweep = SubmittedSweep(tmp_path, serial.data, f"--budget {BUDGET} --seeds 3 {SLURM}", slurm.environment)
    assert "3 runs as 3 tasks of job" in sweep.call()
    job = slurm.jobs()[0].partition("_")[0]
    slurm.wait_for(lambda: all(sweep.step(seed) > 0 for seed in range(3)), "checkpoints")
    assert "3 running" in sweep.call("--status")
    assert sorted(slurm.names()) == [f"m.vae.d.vec,seed={seed}" for seed in range(3)]

    sweep.kill(0)
    slurm.call("scontrol", "requeue", f"{job}_1")
    slurm.call("scancel", "--signal=USR2", f"{job}_2")  # as Slurm says that a task's time is over
    slurm.restart_controller()
    assert slurm.jobs()
    assert "1 runs as 1 tasks" in sweep.call()
    assert "mse_per_pixel" in sweep.call("--wait")
    check_complete(sweep, serial)

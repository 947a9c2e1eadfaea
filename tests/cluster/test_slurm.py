"""A sweep on a real Slurm: submitted, left, disturbed, completed by the same line; equal to a serial one."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ..commands.in_process import Place
from .slurm_cluster import SlurmCluster
from .submitted_sweep import BUDGET, SubmittedSweep, check_complete, train_serially

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
    sweep.signal(0, signal.SIGKILL)
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
    alone = train_serially(tmp_path / "serial", dataroot, SEEDS, BUDGET)
    words = f"--budget {BUDGET} --seeds {SEEDS} {SLURM} --slurm.time 20"
    sweep = SubmittedSweep(tmp_path / "runs", dataroot, words, slurm.environment)
    assert "12 runs as 12 tasks of job" in sweep.call()
    job = slurm.job()

    for seed, disturb in enumerate(
        (
            lambda: sweep.signal(0, signal.SIGKILL),
            lambda: slurm.call("scontrol", "requeue", f"{job}_1"),
            lambda: sweep.signal(2, signal.SIGSTOP),  # until Slurm ends it at its time limit
        )
    ):
        slurm.wait_for(lambda seed=seed: sweep.step(seed) > 0, f"a checkpoint of run {seed}")
        disturb()
    slurm.call("scontrol", "update", f"JobId={job}_2", "TimeLimit=1")
    slurm.restart_controller()
    slurm.wait_for(lambda: f"{job}_2" in slurm.jobs("PENDING"), "the time limit of run 2")
    slurm.call("scontrol", "update", f"JobId={job}_2", "TimeLimit=20")
    sweep.call("--wait", seconds=1800, code=1)
    assert sweep.statuses() == ["killed", *["completed"] * (SEEDS - 1)]
    for place, restarts in enumerate((0, 1, 1, 0)):
        assert f"Restarts={restarts} " in slurm.call("scontrol", "show", "job", f"{job}_{place}")

    assert "1 runs as 1 tasks of job" in sweep.call()
    sweep.call("--wait", seconds=600)
    check_complete(sweep, alone, range(SEEDS))


@pytest.mark.slow
def test_a_cancelled_sweep_can_be_taken_up_again(slurm: SlurmCluster, serial: Place, tmp_path: Path) -> None:
    words = f"--budget {BUDGET} --seeds 3 {SLURM} --slurm.max 2"
    sweep = SubmittedSweep(tmp_path, serial.data, words, slurm.environment)
    sweep.call()
    slurm.wait_for(lambda: sweep.step(0) > 0 and sweep.step(1) > 0, "checkpoints", 120)
    assert "1 queued" in sweep.call("--status")
    assert "2 running stop with a checkpoint, 1 queued" in sweep.call("--cancel")
    slurm.wait_for(lambda: not slurm.jobs(), "the tasks to end")
    assert "interrupted" in sweep.statuses()

    sweep.call()
    sweep.call("--wait")
    check_complete(sweep, serial, range(3))


@pytest.mark.slow
def test_runs_share_a_gpu_side_by_side(slurm: SlurmCluster, serial: Place, tmp_path: Path) -> None:
    words = f"--budget {BUDGET} --seeds 3 {SLURM} --slurm.per-gpu 2"
    sweep = SubmittedSweep(tmp_path, serial.data, words, slurm.environment)
    assert "3 runs as 2 tasks of job" in sweep.call()
    names, gpus = set[str](), dict[int, str]()

    def all_begun() -> bool:
        names.update(slurm.names())
        for seed, run in sweep.runs().items():
            if run.status() == "running":
                gpus[seed] = read_environment(sweep.writer(seed))["CUDA_VISIBLE_DEVICES"]
        return len(gpus) == 3

    slurm.wait_for(all_begun, "three runs at work")
    assert names == {"m.vae.d.vec,seed=0+1", "m.vae.d.vec,seed=2"}
    assert gpus[0] == gpus[1] != gpus[2]

    slurm.call("scancel", "--signal=USR2", f"{slurm.job()}_0")
    sweep.call("--wait")
    check_complete(sweep, serial, range(3))


def read_environment(pid: int) -> dict[str, str]:
    """The environment that a process was started with."""
    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}

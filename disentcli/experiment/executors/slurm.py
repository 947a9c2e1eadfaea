"""Runs as tasks of an array on a Slurm cluster, which are submitted and left."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...atomic_io import read_json, write_atomic
from ...config.coercion import PositiveInt
from ...console.terminal import echo
from ...errors import CallError
from ...file_lock import FileLock
from ...registry import executor
from ...training.signals import StopRequest
from ..task_state import TaskState
from .executor import Executor, Outcome, Task
from .slurm_queue import PENDING, ArrayTask, cancel, max_array, queue, submit
from .slurm_script import ArrayOptions, array_rows, array_script, chains

#: why a task of Slurm that has ended did so, in words
ENDED = {
    "TIMEOUT": "its time was over",
    "PREEMPTED": "preempted",
    "NODE_FAIL": "its node failed",
    "OUT_OF_MEMORY": "out of memory (--slurm.mem)",
    "CANCELLED": "cancelled",
}
RECORD = "slurm-*.json"


@executor("slurm")
class SlurmExecutor(Executor):
    """Submits one array over the runs that are open, and leaves; the same call again goes on.

    A task that is preempted, or whose time is over, writes a checkpoint and is queued again.

    Args:
        partition: where tasks are queued; the site's own without it.
        time: minutes of each task.
        per_gpu: runs side by side on one GPU, for which each task asks; without it no GPU is asked for.
        max: how many tasks of the array are at work at once.
        cpus: of each run.
        mem: memory of each task, as sbatch has it (`8G`).
        account: who pays.
        qos: quality of service.
        constraint: features of the nodes.
        signal_delay: seconds before the end of its time at which a task is told of it.
        requeues: how often a task whose time is over is queued again.
        setup: lines of the sbatch file before the runs, as `module load cuda`.
        options: other options of sbatch by their long names.
    """

    waits = False

    def __init__(
        self,
        *,
        partition: str | None = None,
        time: PositiveInt = 240,
        per_gpu: PositiveInt | None = None,
        max: PositiveInt = 256,
        cpus: PositiveInt = 1,
        mem: str | None = None,
        account: str | None = None,
        qos: str | None = None,
        constraint: str | None = None,
        signal_delay: PositiveInt = 120,
        requeues: PositiveInt = 100,
        setup: list[str] | None = None,
        options: dict[str, str] | None = None,
    ) -> None:
        if signal_delay >= 60 * time:
            raise CallError(
                f"slurm.signal-delay: {signal_delay} s before the end of {time} min is before their beginning"
            )
        sbatch = {
            "partition": partition,
            "time": time,
            "array_parallelism": max,
            "mem": mem,
            "account": account,
            "qos": qos,
            "constraint": constraint,
            "signal_delay_s": signal_delay,
            "additional_parameters": {"requeue": True, **(options or {})},
        }
        self.options = ArrayOptions(sbatch, cpus, per_gpu, requeues, setup or ())

    def run(self, tasks: Sequence[Task], stop: StopRequest) -> Sequence[Outcome]:
        """Submit those of the tasks that are neither queued nor at work.

        Raises:
            DisentError: Slurm refuses them, or does not say what is queued.
        """
        if not tasks:
            return []
        folder = tasks[0].folder
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "slurm.lock", "the queue of this sweep", "wait for it"):
            queued = {key for key, (_, _, task) in _known_places(folder).items() if task.is_open}
            todo = chains([task for task in tasks if task.key not in queued and not task.is_claimed])
            if todo:
                self._submit(todo, folder)
        return []

    def states(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """Which tasks are queued or running, and why others ended, as far as Slurm remembers."""
        if not tasks:
            return {}
        wanted = {task.key for task in tasks}
        known = _known_places(tasks[0].folder)
        return {key: _state(*place) for key, place in known.items() if key in wanted}

    def cancel(self, tasks: Sequence[Task]) -> int:
        """Cancel the tasks of the array that are queued for these; how many."""
        wanted, places = {task.key for task in tasks}, defaultdict[str, set[int]](set)
        for key, (job, place, task) in _known_places(tasks[0].folder).items() if tasks else ():
            if key in wanted and task.state in PENDING:
                places[job].add(place)
        cancel(places)
        return sum(map(len, places.values()))

    def preview(self, tasks: Sequence[Task]) -> str:
        """The sbatch file, which can be submitted by hand too."""
        if not tasks:
            return ""
        return array_script(chains(tasks), self.options, _logs(tasks[0].folder))

    def _submit(self, todo: Sequence[Sequence[Task]], folder: Path) -> None:
        """One array over all, or as few as the site's longest array allows."""
        _logs(folder).mkdir(exist_ok=True)
        longest = max_array() * self.options.side_by_side
        for part in (todo[at : at + longest] for at in range(0, len(todo), longest)):
            script = folder / "slurm.sh"
            write_atomic(script, array_script(part, self.options, _logs(folder)))
            job = submit(script)
            rows = array_rows(part, self.options)
            keys = [[task.key for chain in row for task in chain] for row in rows]
            write_atomic(folder / RECORD.replace("*", job), json.dumps({"tasks": keys}))
            script.rename(_logs(folder) / f"{job}.sh")
            echo(f"submitted  {sum(map(len, keys))} runs as {len(rows)} tasks of job {job}")


def _logs(folder: Path) -> Path:
    """The folder of Slurm's own log files and of the files submitted."""
    return folder / "slurm"


def _known_places(folder: Path) -> dict[str, tuple[str, int, ArrayTask]]:
    """The newest task of an array that Slurm remembers for each key: its job, its place, what it is at."""
    records = sorted(folder.glob(RECORD), key=lambda path: int(path.stem.partition("-")[2]))
    jobs = {path.stem.partition("-")[2]: path for path in records}
    remembered = queue(jobs)
    known: dict[str, tuple[str, int, ArrayTask]] = {}
    for job, path in jobs.items():
        for place, keys in enumerate(read_json(path)["tasks"]):
            if task := remembered.get((job, place)):
                known |= dict.fromkeys(keys, (job, place, task))
    return known


def _state(job: str, place: int, task: ArrayTask) -> TaskState:
    """What Slurm says of a task, as the state of the run that it is to make; where it failed, its log."""
    if task.is_open:
        return TaskState("queued" if task.state in PENDING else "running", reason=task.reason)
    log = f"slurm/{job}_{place}_0_log.out" if task.state == "FAILED" else ""
    return TaskState("open", reason=ENDED.get(task.state, log))

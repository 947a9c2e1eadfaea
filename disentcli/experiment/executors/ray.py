"""Runs as tasks of a Ray cluster: on this machine, or on many without Slurm."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from ...config.coercion import PositiveInt
from ...console.fig_process import fig_command, fig_environment
from ...console.terminal import echo
from ...errors import CallError, DisentError
from ...registry import executor
from ...training.signals import SIGNALS, StopRequest
from .executor import Executor, Outcome, Task
from .in_process import tell_of_waiting
from .local import THREADS
from .process import POLL, wait_for
from .task_queue import TaskQueue

PATIENCE = 60.0  # seconds that runs have to write a checkpoint after they are told to stop


@executor("ray")
class RayExecutor(Executor):
    """Gives each run to Ray as a task, which Ray starts again on another node where one is lost.

    The folders of runs and data, and this package, are to be the same on all nodes.

    Args:
        address: of a cluster, `auto` for the one that this machine belongs to; without it, this machine.
        cpus: of each run, as Ray counts them.
        per_gpu: runs side by side on one GPU, of which each gets its share; without it no GPU is asked for.
        retries: how often a run is started again whose node or process was lost.
    """

    def __init__(
        self,
        *,
        address: str | None = None,
        cpus: PositiveInt = 1,
        per_gpu: PositiveInt | None = None,
        retries: PositiveInt = 10,
    ) -> None:
        self.address, self.cpus, self.retries = address, cpus, retries
        self.gpus = 1 / per_gpu if per_gpu else 0.0
        self._ray = _import_ray()

    def run(self, tasks: Sequence[Task], stop: StopRequest) -> Sequence[Outcome]:
        """Do them, with a line on the screen for each that ends."""
        queue, told, pending = TaskQueue(tasks), False, dict[Any, Task]()
        with _Cluster(self._ray, self.address):
            start = self._starter()
            while pending or (queue and not stop.requested()):
                while not stop.requested() and (task := queue.take()):
                    pending[start(task)] = task
                if not pending:
                    told = told or tell_of_waiting(queue)
                    time.sleep(POLL)
                    continue
                ended, _ = self._ray.wait(list(pending), timeout=POLL)
                for reference in ended:
                    queue.finish(self._outcome(reference, pending.pop(reference)))
                if stop.requested():
                    return [*queue.outcomes, *self._stop(pending)]
        return queue.outcomes

    def _starter(self) -> Callable[[Task], Any]:
        """What gives a task to Ray."""
        remote = self._ray.remote(
            num_cpus=self.cpus, num_gpus=self.gpus, max_retries=self.retries, max_calls=1
        )(run_words)
        environment = process_environment(self.cpus)

        def start(task: Task) -> Any:
            task.folder.mkdir(parents=True, exist_ok=True)
            log = str(task.file("log").absolute())
            return remote.options(name=task.name).remote(
                fig_command(task.argv), log, os.getcwd(), environment
            )

        return start

    def _outcome(self, reference: Any, task: Task) -> Outcome:
        try:
            code, reason = self._ray.get(reference), ""
        except self._ray.exceptions.RayError as error:
            code, reason = 1, str(error).strip().splitlines()[-1]
        outcome = Outcome(task, code, (task.failure() or reason) if code else "")
        echo(f"{'completed' if outcome.succeeded else 'failed':9}  {task.name}")
        return outcome

    def _stop(self, pending: Mapping[Any, Task]) -> list[Outcome]:
        """Interrupt what is at work, and wait for its checkpoints; how it ended."""
        for reference in pending:
            self._ray.cancel(reference, force=False)
        self._ray.wait(list(pending), num_returns=len(pending), timeout=PATIENCE)
        return [Outcome(task, 128 + 2, "stopped") for task in pending.values()]


class _Cluster:
    """A connection to a cluster; one of this machine alone ends with it."""

    def __init__(self, ray: Any, address: str | None) -> None:
        self.ray, self.address = ray, address

    def __enter__(self) -> None:
        handlers = {number: signal.getsignal(number) for number in SIGNALS}
        try:
            self.ray.init(
                address=self.address or "local",
                log_to_driver=False,
                logging_level="error",
                namespace="disentcli",
            )
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise DisentError(f"no Ray cluster at {self.address}: {error}") from error
        finally:  # Ray sets one of its own for SIGTERM, by which this process would exit at once
            for number, handler in handlers.items():
                signal.signal(number, handler)

    def __exit__(self, *_: object) -> None:
        self.ray.shutdown()


def process_environment(cpus: int) -> dict[str, str]:
    """What a process gets beside its node's environment: its threads, and where this package is found."""
    wanted = {**dict.fromkeys(THREADS, str(cpus)), **fig_environment()}
    return {name: wanted[name] for name in (*THREADS, "PYTHONPATH") if name in wanted}


def run_words(command: Sequence[str], log: str, folder: str, environment: Mapping[str, str]) -> int:
    """Run a command line in a process whose output goes to a file; SIGTERM to it when this is interrupted.

    Returns:
        Its exit code, 128 + n where signal n ended it.
    """
    with open(log, "ab") as out:
        child = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
        try:
            return wait_for(child, lambda: False)  # in short waits, for Ray interrupts no longer one
        except BaseException:
            return wait_for(child, lambda: True)


def _import_ray() -> Any:
    try:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        return import_module("ray")
    except ImportError as error:
        raise CallError(
            f"--executor ray: ray cannot be imported ({error}); pip install 'disentcli[ray]'"
        ) from error

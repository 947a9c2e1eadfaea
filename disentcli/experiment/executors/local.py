"""Runs side by side in processes of this machine, which share its cores and GPUs."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

from tqdm import tqdm

from ...config.coercion import PositiveInt
from ...console.fig_process import fig_command, fig_environment
from ...console.terminal import echo
from ...errors import CallError
from ...registry import executor
from ...training.signals import StopRequest
from .executor import Executor, Outcome, Task
from .in_process import tell_of_waiting
from .process import POLL, wait_for
from .task_queue import TaskQueue

#: how many threads libraries start, unless the user says so
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@executor("local")
class LocalExecutor(Executor):
    """Does several tasks at a time, each in a process whose output goes to a file.

    jobs: how many at a time; gpus: which GPUs they share (`0,1`); per_gpu: how many at a time on each.
    Without any of them, as many as there are cores.
    """

    def __init__(
        self,
        *,
        jobs: PositiveInt | None = None,
        gpus: str | list[str] | None = None,
        per_gpu: PositiveInt = 1,
    ) -> None:
        self.gpus = visible_gpus(gpus) * per_gpu
        self.jobs = jobs or len(self.gpus) or available_cores()
        if self.gpus and self.jobs > len(self.gpus):
            raise CallError(
                f"--jobs {self.jobs} is more than the GPUs take: {len(self.gpus)} (--gpus, --per-gpu)"
            )
        self._places: SimpleQueue[dict[str, str]] = SimpleQueue()
        for at in range(self.jobs):
            on_gpu = {"CUDA_VISIBLE_DEVICES": self.gpus[at]} if self.gpus else {}
            self._places.put({**thread_limits(self.jobs), **on_gpu})

    def run(self, tasks: Sequence[Task], stop: StopRequest) -> Sequence[Outcome]:
        """Do them, with a line on the screen for each that ends."""
        queue, pending, told = TaskQueue(tasks), set[Future[Outcome]](), False
        with ThreadPoolExecutor(self.jobs) as pool, tqdm(total=len(tasks), unit="run", disable=None) as bar:
            while pending or (queue and not stop.requested()):
                while len(pending) < self.jobs and not stop.requested() and (task := queue.take()):
                    pending.add(pool.submit(self._do, task, stop))
                if not pending and queue:
                    told = told or tell_of_waiting(queue)
                    time.sleep(POLL)
                    continue
                ended, pending = wait(pending, POLL, FIRST_COMPLETED)
                for future in ended:
                    queue.finish(future.result())
                    bar.update(len(queue.outcomes) - bar.n)
        return queue.outcomes

    def _do(self, task: Task, stop: StopRequest) -> Outcome:
        """One task as a process, in the first place that is free."""
        place, started = self._places.get(), time.monotonic()
        try:
            code = run_process(task, {**fig_environment(), **place}, stop)
            outcome = Outcome(task, code, task.failure() if code else "")
        except OSError as error:  # no more processes, or a full disk
            outcome = Outcome(task, 1, f"it cannot be started: {error}")
        finally:
            self._places.put(place)
        with tqdm.external_write_mode():
            echo(f"{outcome.status:11}  {task.name}  {time.monotonic() - started:,.0f} s")
        return outcome


def run_process(task: Task, environment: dict[str, str], stop: StopRequest) -> int:
    """Run a task as a process whose output goes to its log; SIGTERM when `stop` is requested; its exit code.

    It has a session of its own, so that Ctrl-C in the terminal reaches this process alone, which hands it on.
    """
    task.folder.mkdir(parents=True, exist_ok=True)
    with open(task.file("log"), "ab") as log:
        child = subprocess.Popen(
            fig_command(task.argv),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        return wait_for(child, stop.requested)


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_limits(jobs: int) -> dict[str, str]:
    """The variables by which so many processes share the cores; none that the user has set."""
    each = str(max(1, available_cores() // jobs))
    return {name: each for name in THREADS if name not in os.environ}


def visible_gpus(gpus: str | Sequence[str] | None) -> list[str]:
    """The GPUs that are meant, as CUDA_VISIBLE_DEVICES names them; numbers count the visible ones."""
    names = gpus.split(",") if isinstance(gpus, str) else list(gpus or [])
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    known = visible.split(",") if visible else []
    found = []
    for name in (str(one).strip() for one in names):
        if known and name.isdecimal():
            if int(name) >= len(known):
                raise CallError(
                    f"--gpus {name}: CUDA_VISIBLE_DEVICES={visible} shows {len(known)}, from 0 on"
                )
            name = known[int(name)]
        found.append(name)
    if len(set(found)) < len(found) or not all(found):
        raise CallError(f"--gpus {','.join(map(str, names))}: expected numbers of GPUs, each once: 0,1,2,3")
    return found

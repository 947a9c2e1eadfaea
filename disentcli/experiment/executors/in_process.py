"""One run after another, each command with its output on the screen."""

from __future__ import annotations

import time
from collections.abc import Sequence

from ...console.terminal import echo
from ...registry import executor
from ...training.signals import StopRequest
from .executor import Executor, Outcome, Task
from .process import POLL
from .task_queue import TaskQueue


@executor("in-process")
class InProcessExecutor(Executor):
    """Does one task after another."""

    def run(self, tasks: Sequence[Task], stop: StopRequest) -> Sequence[Outcome]:
        """Do them; what another sweep is at is left to the end, and waited for."""
        queue, told = TaskQueue(tasks), False
        while queue and not stop.requested():
            task = queue.take()
            if task is not None:
                code = task.call(stop)
                queue.finish(Outcome(task, code, task.failure() if code else ""))
            elif queue:
                told = told or tell_of_waiting(queue)
                time.sleep(POLL)
        return queue.outcomes


def tell_of_waiting(queue: TaskQueue) -> bool:
    """Say once that the rest is being done by other processes; whether that was said."""
    names = [task.name for task in queue.elsewhere()]
    if names:
        echo(f"waiting for what other processes are at: {', '.join(names[:5])}{' …' * (len(names) > 5)}")
    return bool(names)

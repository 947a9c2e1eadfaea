"""The order in which tasks are started: after those that they need, and last what other processes are at."""

from __future__ import annotations

from collections.abc import Sequence

from .executor import CANCELLED, Outcome, Task


class TaskQueue:
    """Tasks that are still to be started, and how the others ended."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.outcomes: list[Outcome] = []
        self._left = list(tasks)
        self._unfinished = {task.key for task in tasks}
        self._elsewhere: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._left)

    def take(self) -> Task | None:
        """The next task that can be started; None while all wait for others, here or elsewhere."""
        for task in list(self._left):
            if self._unfinished.intersection(task.after):
                continue
            if task.is_cancelled:
                self.finish(Outcome(task, CANCELLED, "cancelled"))
            elif task.is_claimed:
                self._elsewhere.add(task.key)
            elif task.key in self._elsewhere and (reason := task.failure()):
                self.finish(Outcome(task, 1, reason))
            else:
                self._left.remove(task)
                return task
        return None

    def finish(self, outcome: Outcome) -> None:
        """A task has ended; those that need it are not started if it has failed."""
        task = outcome.task
        self.outcomes.append(outcome)
        self._unfinished.discard(task.key)
        self._left = [one for one in self._left if one.key != task.key]
        if not outcome.succeeded:
            for one in [one for one in self._left if task.key in one.after]:
                self.finish(Outcome(one, 1, f"it starts from {task.name}, which is not completed"))

    def elsewhere(self) -> list[Task]:
        """Tasks left that another process is at."""
        return [task for task in self._left if task.is_claimed]

"""What an executor is: it brings planned runs to their end; their state is on disk, not in it."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from ...config.instantiate import build
from ...file_lock import is_locked
from ...training.signals import SIGNALS, StopRequest
from ..task_state import TaskState


@dataclass(frozen=True)
class Task:
    """One planned run to be brought to its end: trained or continued, then the calls that follow it.

    key: the sweep key; name: for jobs and lines on the screen; argv: the words after `fig` of a process that
    does it; folder: where sweeps keep their notes on runs; after: the keys of tasks that must be done first;
    call: does it from this process, stops where that is requested, and gives the exit code.
    """

    key: str
    name: str
    argv: tuple[str, ...]
    folder: Path
    after: tuple[str, ...] = ()
    call: Callable[[StopRequest], int] = field(default=lambda stop: 1, repr=False, compare=False)

    def file(self, suffix: str) -> Path:
        """A file of this task: its `claim`, its `log`, its `error`, or what an executor notes."""
        return self.folder / f"{self.key}.{suffix}"

    @property
    def is_claimed(self) -> bool:
        """Whether some process is at it now."""
        return is_locked(self.file("claim"))

    @property
    def is_cancelled(self) -> bool:
        """Whether it was cancelled since a sweep last began it."""
        return self.file("cancel").exists()

    def failure(self) -> str:
        """Why it failed when it was last tried; nothing if it did not."""
        with suppress(OSError):
            return self.file("error").read_text(encoding="utf-8").strip()
        return ""


CANCELLED = 128 + signal.SIGTERM.value
TIME_OVER = 75  # EX_TEMPFAIL of sysexits.h: stopped by its own time limit, to be continued by the next call
#: exit codes of `fig` after --time-limit, and after SIGUSR1 and SIGUSR2, by which a site says so
OUT_OF_TIME = (TIME_OVER, 128 + signal.SIGUSR1.value, 128 + signal.SIGUSR2.value)


@dataclass(frozen=True)
class Outcome:
    """How a task ended: 0 all done, 128 + n after signal n, TIME_OVER; else it failed for `reason`."""

    task: Task
    code: int
    reason: str = ""

    @property
    def status(self) -> str:
        """In one word: completed, interrupted or failed."""
        interrupted = self.code == TIME_OVER or self.code in [128 + number for number in SIGNALS]
        return "completed" if self.succeeded else "interrupted" if interrupted else "failed"

    @property
    def succeeded(self) -> bool:
        """Whether the run is completed, and all calls that follow it are made."""
        return self.code == 0


class Executor(ABC):
    """Brings the tasks of a sweep to their end. A subclass is registered with `@executor("name")`.

    Its constructor takes the options by keyword: `--name.jobs 4` gives `jobs=4`.
    """

    waits: ClassVar[bool] = True  # whether `run` returns when all is done, or as soon as it is submitted

    @abstractmethod
    def run(self, tasks: Sequence[Task], stop: StopRequest) -> Sequence[Outcome]:
        """Do the tasks, each after those that it needs, until `stop` is requested; or submit them.

        Returns:
            How those ended that were done here; nothing of those that were only submitted.
        """

    def states(self, tasks: Sequence[Task]) -> Mapping[str, TaskState]:
        """What this executor knows of tasks beyond what is on disk, by key: which are queued."""
        return {}

    def cancel(self, tasks: Sequence[Task]) -> int:
        """Take back what is submitted, and say how many; processes at work stop without it."""
        return 0

    def preview(self, tasks: Sequence[Task]) -> str:
        """What `--dry-run` shows of how these tasks would be done."""
        return ""


def build_executor(node: Mapping[str, Any]) -> Executor:
    """The executor of a node, {_type: name} and its options.

    Raises:
        CallError: there is no such executor, or it has no such option.
    """
    built: Executor = build("executor", node, where=str(node["_type"]), unknown="refuse")[0]
    return built

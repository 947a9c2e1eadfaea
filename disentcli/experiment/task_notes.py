"""What is kept of a task from one try to the next: the time of all, and whether they get any further."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, replace

from ..atomic_io import write_atomic
from ..runs.run import Run
from .executors.executor import OUT_OF_TIME, Task

MOST_TRIES = 3  # out of time at the same place, after which another one would end there too
MOST_REQUEUES = (
    10  # at the same place, for any reason: a task may be preempted a few times in a row by chance
)
RESTARTS = "SLURM_RESTART_COUNT"  # which Slurm sets where a task was queued again, by whatever
NOT_IN_TIME = f"its time was over {MOST_TRIES} times before it got any further: give each try more time"
NO_PROGRESS = f"it was queued again {MOST_REQUEUES} times without a new step: its log says how each try ended"


@dataclass(frozen=True)
class TaskNotes:
    """What is noted of the tries of a task.

    seconds: of all tries that have ended, start-up included; step and calls: how far it has come; tries: how
    many ended there because their time was over; requeues: how often it was queued again there; began and
    ended: when the last try did, as time.time().
    """

    seconds: float = 0.0
    step: int = 0
    calls: int = 0
    tries: int = 0
    requeues: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def stuck(self) -> str:
        """Why one more try is not worth it; nothing if it is."""
        if self.tries >= MOST_TRIES:
            return NOT_IN_TIME
        return NO_PROGRESS if self.requeues > MOST_REQUEUES else ""


def read_notes(task: Task) -> TaskNotes:
    """The notes of a task; those of one that was never tried where there are none, or no readable ones."""
    try:
        return TaskNotes(**json.loads(task.file("notes").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return TaskNotes()


def is_requeued() -> bool:
    """Whether this process is of a task that Slurm has queued again, not of one that was submitted anew."""
    return os.environ.get(RESTARTS, "0") != "0"


def note_start(task: Task, run: Run | None) -> TaskNotes:
    """Note that a try begins, and whether the task was queued again since it last got any further."""
    now = _advanced(read_notes(task), run)
    requeues = now.requeues + 1 if is_requeued() else 0
    seconds = now.seconds if run else 0.0  # tries without a run, or of one that was removed, made none of it
    return _write(task, replace(now, seconds=seconds, requeues=requeues, began=time.time()))


def note_end(task: Task, run: Run | None, code: int) -> TaskNotes:
    """Note that the try that began has ended with this exit code, and how far its run is, if there is one."""
    before, end = read_notes(task), time.time()
    now = _advanced(before, run)
    further = (now.step, now.calls) != (before.step, before.calls)
    tries = now.tries + 1 if code in OUT_OF_TIME and not further else now.tries
    now = replace(now, seconds=now.seconds + end - now.began, tries=tries, ended=end)
    return _write(task, now if code else replace(now, tries=0, requeues=0))


def _advanced(notes: TaskNotes, run: Run | None) -> TaskNotes:
    """The notes, with nothing held against a task that has come further since."""
    info = run.info() if run else {}
    step, calls = int(info.get("step", 0)), len(info.get("called", {}))
    if (step, calls) == (notes.step, notes.calls):
        return notes
    return replace(notes, step=step, calls=calls, tries=0, requeues=0)


def _write(task: Task, notes: TaskNotes) -> TaskNotes:
    write_atomic(task.file("notes"), json.dumps(asdict(notes)))
    return notes

"""What is kept of a task from one try to the next: the seconds of all, and whether they get any further."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from ..atomic_io import read_json, write_atomic
from ..runs.run import Run
from .executors.executor import Task

MOST_TRIES = 3  # out of time at the same place, after which another one would end there too
NO_PROGRESS = f"its time was over {MOST_TRIES} times before it got any further: give each try more time"


@dataclass(frozen=True)
class TaskNotes:
    """seconds: of all tries, start-up included; step and calls: how far the last one came; tries: how many
    in a row ended there because their time was over."""

    seconds: float = 0.0
    step: int = 0
    calls: int = 0
    tries: int = 0

    @property
    def is_stuck(self) -> bool:
        """Whether one more try is not worth it."""
        return self.tries >= MOST_TRIES


def read_notes(task: Task) -> TaskNotes:
    """The notes of a task; those of one that was never tried where there are none, or no readable ones."""
    try:
        return TaskNotes(**read_json(task.file("notes")))
    except (OSError, ValueError, TypeError):
        return TaskNotes()


def note_try(task: Task, run: Run | None, seconds: float, *, out_of_time: bool) -> TaskNotes:
    """Note that a try of so many seconds has ended, and how far its run is, if there is one by now."""
    notes, info = read_notes(task), run.info() if run else {}
    now = replace(notes, seconds=notes.seconds + seconds)
    if out_of_time:
        step, calls = int(info.get("step", 0)), len(info.get("called", {}))
        tries = notes.tries + 1 if (step, calls) == (notes.step, notes.calls) else 0
        now = replace(now, step=step, calls=calls, tries=tries)
    write_atomic(task.file("notes"), json.dumps(asdict(now)))
    return now

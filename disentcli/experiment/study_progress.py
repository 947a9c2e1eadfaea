"""How far a study is: how many runs are done, what they took, and when the rest will be done at that pace."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from ..runs.results import read_all_results
from ..runs.run import Run
from .executors.executor import Task
from .sweep_plan import SweepRun
from .sweep_table import short_labels
from .task_notes import TaskNotes, read_notes
from .task_state import STATUSES, TaskState

RECENT = 60.0  # seconds in which a place that has become free is taken again


@dataclass(frozen=True)
class RunTime:
    """Seconds that a run took: of its training, and of the calls after it, each with its start-up."""

    training: float
    evaluation: float = 0.0

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.training + self.evaluation


@dataclass(frozen=True)
class StudyProgress:
    """Where a study stands.

    counts: runs of each status; seconds: what the completed runs took, start-up and evaluations too;
    seconds_left: an estimate, None as long as no run is done; failed: name and reason of each failed run, in
    order.
    """

    total: int
    counts: Mapping[str, int]
    seconds: float = 0.0
    seconds_left: float | None = None
    running: Sequence[tuple[str, TaskState]] = ()
    failed: Sequence[tuple[str, str]] = field(default=())

    @property
    def done(self) -> int:
        """How many runs are completed."""
        return self.counts.get("completed", 0)

    @property
    def at_work(self) -> bool:
        """Whether something is running or queued."""
        return bool(self.counts.get("running") or self.counts.get("queued"))


def measure_progress(
    plan: Sequence[SweepRun],
    tasks: Sequence[Task],
    states: Mapping[str, TaskState],
    runs: Mapping[str, Run],
    side_by_side: int = 1,
) -> StudyProgress:
    """The progress of a study whose tasks have these states.

    Args:
        runs: those that exist, by the keys of the plan.
        side_by_side: how many are made at a time, if no more were seen at once.
    """
    counts = Counter(states[one.sweep_key].status for one in plan)
    notes = {task.key: read_notes(task) for task in tasks if task.key in runs}
    done = [task.key for task in tasks if states[task.key].status == "completed" and task.key in runs]
    took = {key: run_time(runs[key], notes[key]) for key in done}
    short = short_labels(plan)
    named = [(run_label(one, short[one.grid_cell]), states[one.sweep_key]) for one in plan]
    running = [(name, state) for name, state in named if state.status == "running"]
    failed = [(name, state.reason) for name, state in named if state.status == "failed"]
    left = estimate_left(plan, states, took)
    spans = [
        (one.began, math.inf if states[key].status == "running" else one.ended) for key, one in notes.items()
    ]
    at_once = max(side_by_side, len(running), most_at_once(spans, time.time()))
    return StudyProgress(
        len(plan),
        {status: counts[status] for status in reversed(STATUSES) if counts[status]},
        sum(one.seconds for one in took.values()),
        None if left is None else left / min(at_once, max(len(plan) - counts["completed"], 1)),
        running,
        failed,
    )


def most_at_once(spans: Sequence[tuple[float, float]], now: float) -> int:
    """How many tries were made at once when one ended within the last minute, as (began, ended).

    The place of one that has ended is taken by the next one soon: the time left is not to jump in between.

    >>> most_at_once([(0, 95), (10, 99), (20, 39), (31, float("inf"))], 100)
    3
    """
    ends = [end for _, end in spans if now - RECENT <= end <= now]
    return max((sum(began < end <= ended for began, ended in spans) for end in ends), default=0)


def run_label(one: SweepRun, cell: Sequence[str]) -> str:
    """A run in words: `m/vae, reg-wt 4, seed 0`; configs speak for themselves."""
    axes = [
        value if "/" in value else f"{name} {value}" for (name, _), value in zip(one.axes, cell, strict=True)
    ]
    return ", ".join([*axes, f"seed {one.seed}"])


def run_time(run: Run, notes: TaskNotes) -> RunTime:
    """What a completed run took.

    Its notes know the seconds of all; the start-up is what neither its training nor its evaluations say of
    them, and as long for each of these. Where there are no notes there is only what they say.
    """
    info = run.info()
    trained = float(info.get("wall_seconds") or 0)
    evaluated = sum(sum(numbers(one.seconds.values())) for one in read_all_results(run).values())
    if notes.seconds <= trained:  # none, or without those of a try that was killed
        return RunTime(trained, evaluated)
    startup = max(notes.seconds - trained - evaluated, 0.0) / (1 + len(info.get("called", {})))
    training = min(trained + startup, notes.seconds)
    return RunTime(training, notes.seconds - training)


def numbers(values: Iterable[object]) -> list[float]:
    """Those that are numbers."""
    return [float(value) for value in values if isinstance(value, (int, float))]


def estimate_left(
    plan: Sequence[SweepRun], states: Mapping[str, TaskState], took: Mapping[str, RunTime]
) -> float | None:
    """Seconds of the runs that are not completed, one after another; None as long as none is.

    A run is expected to take the median of the completed ones of its place on the grid, else that of all; of
    one that has begun, the part of its steps that is left and the calls that are not made.
    """
    if not took:
        return None
    by_cell = defaultdict[tuple[str, ...], list[RunTime]](list)
    for one in plan:
        if one.sweep_key in took:
            by_cell[one.grid_cell].append(took[one.sweep_key])
    usual = {cell: median_time(times) for cell, times in by_cell.items()}
    of_all = median_time(list(took.values()))
    left = [one for one in plan if states[one.sweep_key].status not in ("completed", "failed")]
    return sum(_left_of(states[one.sweep_key], usual.get(one.grid_cell, of_all)) for one in left)


def median_time(times: Sequence[RunTime]) -> RunTime:
    """The median of both parts."""
    return RunTime(median(one.training for one in times), median(one.evaluation for one in times))


def _left_of(state: TaskState, usual: RunTime) -> float:
    """Seconds left of a run that is expected to take this time."""
    if state.called is not None:
        return (1 - state.called) * usual.evaluation
    share = 1 - state.step / state.budget if state.budget else 1.0
    return share * usual.training + usual.evaluation

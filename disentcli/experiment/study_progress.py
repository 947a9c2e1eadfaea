"""How far a study is: how many runs are done, what they took, and when the rest will be done at that pace."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from ..runs.results import read_all_results
from ..runs.run import Run
from .executors.executor import Task
from .sweep_plan import SweepRun
from .sweep_table import short_labels
from .task_notes import read_notes
from .task_state import STATUSES, TaskState


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
        side_by_side: how many are made at a time, if more than are running now.
    """
    counts = Counter(states[one.sweep_key].status for one in plan)
    took = {
        task.key: read_notes(task).seconds or run_seconds(runs[task.key])
        for task in tasks
        if states[task.key].status == "completed" and task.key in runs
    }
    short = short_labels(plan)
    named = [(run_label(one, short[one.grid_cell]), states[one.sweep_key]) for one in plan]
    running = [(name, state) for name, state in named if state.status == "running"]
    failed = [(name, state.reason) for name, state in named if state.status == "failed"]
    left = estimate_left(plan, states, took)
    at_once = max(side_by_side, len(running), 1)
    return StudyProgress(
        len(plan),
        {status: counts[status] for status in reversed(STATUSES) if counts[status]},
        sum(took.values()),
        None if left is None else left / min(at_once, max(len(plan) - counts["completed"], 1)),
        running,
        failed,
    )


def run_label(one: SweepRun, cell: Sequence[str]) -> str:
    """A run in words: `m/vae, reg-wt 4, seed 0`; configs speak for themselves."""
    axes = [
        value if "/" in value else f"{name} {value}" for (name, _), value in zip(one.axes, cell, strict=True)
    ]
    return ", ".join([*axes, f"seed {one.seed}"])


def run_seconds(run: Run) -> float:
    """What a run of which there are no notes took: its training, and its evaluations as far as they say."""
    training = float(run.info().get("wall_seconds") or 0)
    return training + sum(sum(numbers(one.seconds.values())) for one in read_all_results(run).values())


def numbers(values: Iterable[object]) -> list[float]:
    """Those that are numbers."""
    return [float(value) for value in values if isinstance(value, (int, float))]


def estimate_left(
    plan: Sequence[SweepRun], states: Mapping[str, TaskState], took: Mapping[str, float]
) -> float | None:
    """Seconds of the runs that are not completed, one after another; None as long as none is.

    A run is expected to take the median of the completed ones of its place on the grid, else that of all; of
    one that has begun, the part of its steps that is left.
    """
    if not took:
        return None
    by_cell = defaultdict[tuple[str, ...], list[float]](list)
    for one in plan:
        if one.sweep_key in took:
            by_cell[one.grid_cell].append(took[one.sweep_key])
    usual, total = median(took.values()), 0.0
    for one in plan:
        state = states[one.sweep_key]
        if state.status in ("completed", "failed"):
            continue
        share = 1 - state.step / state.budget if state.budget else 1.0
        total += share * (median(by_cell[one.grid_cell]) if by_cell[one.grid_cell] else usual)
    return total

"""What is kept between the tries of a task: their time, and an end for one that gets no further."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from disentcli.experiment import sweep_task
from disentcli.experiment.executors.executor import CANCELLED, OUT_OF_TIME, TIME_OVER, Task
from disentcli.experiment.sweep_call import SweepCall
from disentcli.experiment.sweep_task import complete, complete_keys, sweep_tasks
from disentcli.experiment.task_notes import (
    MOST_REQUEUES,
    NO_PROGRESS,
    NOT_IN_TIME,
    RESTARTS,
    TaskNotes,
    note_end,
    note_start,
    read_notes,
)
from disentcli.runs.run import Run
from disentcli.training.signals import StopRequest

from .stub_sweep import planned


@pytest.fixture
def sweep(tmp_path: Path) -> SweepCall:
    return planned(tmp_path)


@pytest.fixture
def task(sweep: SweepCall) -> Task:
    found = sweep_tasks(sweep)[0]
    found.folder.mkdir()
    return found


@pytest.fixture
def run(tmp_path: Path, task: Task) -> Iterator[Run]:
    made = Run.create(tmp_path, "made", {}, {"plan": task.key, "budget": 100})
    yield made
    made.lock.release()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the notes, in its only element."""
    now = [1000.0]
    monkeypatch.setattr("disentcli.experiment.task_notes.time.time", lambda: now[0])
    return now


def ends_with(monkeypatch: pytest.MonkeyPatch, *codes: int) -> list[str]:
    """Let calls of `fig` end with these codes, one after another, and the last one ever after."""
    called: list[str] = []

    def run_fig(words: list[str], *_: object, **__: object) -> int:
        called.append(words[words.index("--plan") + 1])
        return codes[min(len(called), len(codes)) - 1]

    monkeypatch.setattr(sweep_task, "run_fig", run_fig)
    return called


def one_try(task: Task, run: Run | None, code: int) -> TaskNotes:
    note_start(task, run)
    return note_end(task, run, code)


def test_seconds_are_those_of_all_tries_of_a_run_from_their_start(
    task: Task, run: Run, clock: list[float]
) -> None:
    note_start(task, None)
    clock[0] += 20  # imports, the data, and the first steps
    assert note_end(task, run, TIME_OVER).seconds == 20
    clock[0] += 500  # queued
    note_start(task, run)
    clock[0] += 7
    notes = note_end(task, run, 0)
    assert (notes.seconds, notes.began, notes.ended) == (27, 1520, 1527)
    assert note_start(task, None).seconds == 0  # the run was removed


@pytest.mark.parametrize("code", OUT_OF_TIME)
def test_tries_count_that_were_out_of_time_where_nothing_was_gained(task: Task, run: Run, code: int) -> None:
    assert [one_try(task, run, code).tries for _ in range(2)] == [1, 2]
    run.update(step=10)
    assert one_try(task, run, code).tries == 1  # it began at this step
    run.update(called={"eval": {}})
    assert [one_try(task, run, code).stuck for _ in range(3)] == ["", "", NOT_IN_TIME]
    assert one_try(task, run, 0) == read_notes(task)
    assert not read_notes(task).stuck


@pytest.mark.parametrize("code", [CANCELLED, 137])
def test_a_task_that_is_queued_again_and_again_at_one_step_is_stuck_whatever_for(
    task: Task, run: Run, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not any(one_try(task, run, code).stuck for _ in range(20))  # each was submitted by its user
    monkeypatch.setenv(RESTARTS, "1")
    assert not any(one_try(task, run, code).stuck for _ in range(MOST_REQUEUES))
    run.update(step=1)
    assert not any(one_try(task, run, code).stuck for _ in range(MOST_REQUEUES))
    assert note_start(task, run).stuck == NO_PROGRESS  # though the try before it was killed without a word
    monkeypatch.setenv(RESTARTS, "0")
    assert note_start(task, run).stuck == ""


@pytest.mark.parametrize("text", ["", "[]", '{"other": 1}', "{"])
def test_notes_that_cannot_be_read_are_begun_anew(task: Task, text: str) -> None:
    task.file("notes").write_text(text)
    assert read_notes(task) == TaskNotes()


def test_a_run_that_is_always_out_of_time_at_one_step_fails_with_the_reason(
    sweep: SweepCall, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = ends_with(monkeypatch, TIME_OVER)
    assert [complete(sweep.plan[0], sweep) for _ in range(3)] == [TIME_OVER, TIME_OVER, 1]
    assert task.failure() == NOT_IN_TIME
    monkeypatch.setenv(RESTARTS, "2")
    assert (complete(sweep.plan[0], sweep), len(called)) == (1, 3)  # queued again for another's sake
    assert task.failure() == NOT_IN_TIME
    monkeypatch.delenv(RESTARTS)
    assert (complete(sweep.plan[0], sweep), len(called)) == (1, 4)  # submitted anew, perhaps with more time


def test_a_task_that_is_preempted_without_end_fails_with_the_reason(
    sweep: SweepCall, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RESTARTS, "1")
    stop = StopRequest()

    def run_fig(*_: object, **__: object) -> int:
        stop.signal = signal.SIGTERM
        return 128 + signal.SIGTERM

    monkeypatch.setattr(sweep_task, "run_fig", run_fig)
    codes = []
    for _ in range(MOST_REQUEUES + 1):
        stop.signal = None
        codes.append(complete(sweep.plan[0], sweep, stop))
    assert codes == [128 + signal.SIGTERM] * MOST_REQUEUES + [1]
    assert task.failure() == NO_PROGRESS


def test_a_user_who_stops_a_run_that_was_stuck_is_not_told_that_its_time_was_over(
    sweep: SweepCall, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends_with(monkeypatch, TIME_OVER, TIME_OVER, TIME_OVER, 128 + signal.SIGINT)
    codes = [complete(sweep.plan[0], sweep) for _ in range(4)]
    assert codes[-1] == 128 + signal.SIGINT
    assert task.failure() == ""


def test_one_that_is_stopped_before_it_began_has_made_no_try(sweep: SweepCall, task: Task) -> None:
    assert complete(sweep.plan[0], sweep, StopRequest(signal=signal.SIGUSR2)) == 128 + signal.SIGUSR2
    assert not task.file("notes").exists()


def test_a_run_out_of_time_goes_on_though_one_before_it_failed(
    sweep: SweepCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends_with(monkeypatch, 1, TIME_OVER, 1)
    assert complete_keys(sweep, [one.sweep_key for one in sweep.plan]) == TIME_OVER


@pytest.mark.parametrize("before", [[], [1]])
def test_a_signal_is_told_of_though_a_run_before_it_failed(
    sweep: SweepCall, monkeypatch: pytest.MonkeyPatch, before: list[int]
) -> None:
    codes = iter(before)

    def run_fig(*_: object, **__: object) -> int:
        if (code := next(codes, None)) is None:
            signal.raise_signal(signal.SIGUSR2)
            return 128 + signal.SIGUSR2
        return code

    monkeypatch.setattr(sweep_task, "run_fig", run_fig)
    assert complete_keys(sweep, [one.sweep_key for one in sweep.plan]) == 128 + signal.SIGUSR2

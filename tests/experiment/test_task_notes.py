"""What is kept between the tries of a task: their time, and an end for one that gets no further."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from disentcli.experiment import sweep_task
from disentcli.experiment.executors.executor import TIME_OVER, Task
from disentcli.experiment.sweep_task import complete, sweep_tasks
from disentcli.experiment.task_notes import NO_PROGRESS, TaskNotes, note_try, read_notes
from disentcli.runs.run import Run

from .stub_sweep import planned


@pytest.fixture
def task(tmp_path: Path) -> Task:
    found = sweep_tasks(planned(tmp_path))[0]
    found.folder.mkdir()
    return found


def test_seconds_add_up_and_tries_count_where_nothing_was_gained(tmp_path: Path, task: Task) -> None:
    run = Run.create(tmp_path, "made", {}, {"plan": task.key, "budget": 100})
    assert note_try(task, None, 5.0, out_of_time=True) == TaskNotes(5.0, tries=1)
    assert note_try(task, run, 5.0, out_of_time=True).tries == 2
    run.update(step=10)
    assert note_try(task, run, 5.0, out_of_time=True) == TaskNotes(15.0, step=10)
    assert note_try(task, run, 5.0, out_of_time=False).tries == 0  # preempted: no fault of its own
    run.update(called={"eval": {}})
    assert note_try(task, run, 5.0, out_of_time=True).tries == 0
    assert not any(note_try(task, run, 5.0, out_of_time=True).is_stuck for _ in range(2))
    assert note_try(task, run, 5.0, out_of_time=True).is_stuck
    assert read_notes(task).seconds == 40
    run.lock.release()


@pytest.mark.parametrize("text", ["", "[]", '{"other": 1}', "{"])
def test_notes_that_cannot_be_read_are_begun_anew(task: Task, text: str) -> None:
    task.file("notes").write_text(text)
    assert read_notes(task) == TaskNotes()


def test_a_run_that_is_always_out_of_time_at_one_step_fails_with_the_reason(
    tmp_path: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep_task, "run_fig", lambda *words, **options: TIME_OVER)
    sweep = planned(tmp_path)
    codes = [complete(sweep.plan[0], sweep) for _ in range(3)]
    assert codes == [TIME_OVER, TIME_OVER, 1]
    assert task.failure() == NO_PROGRESS
    assert json.loads(task.file("notes").read_text())["tries"] == 3
    assert complete(sweep.plan[0], sweep) == 1  # and one more that is asked for is made, and says it again

"""In which order tasks are started, and which are not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from disentcli.experiment.executors.executor import CANCELLED, Outcome, Task
from disentcli.experiment.executors.task_queue import TaskQueue
from disentcli.file_lock import FileLock


@pytest.fixture
def elsewhere() -> Iterator[ExitStack]:
    """What another process holds; a lock of another open file stands for it."""
    with ExitStack() as held:
        yield held


def task(folder: Path, key: str, *after: str) -> Task:
    return Task(key, key, (), folder, after)


def claim_of(one: Task) -> FileLock:
    return FileLock(one.file("claim"), "", "")


def test_a_task_is_started_once_those_that_it_needs_are_done(tmp_path: Path) -> None:
    first, second, other = task(tmp_path, "a"), task(tmp_path, "b", "a"), task(tmp_path, "c")
    queue = TaskQueue([first, second, other])
    assert [queue.take(), queue.take(), queue.take()] == [first, other, None]
    assert queue
    queue.finish(Outcome(first, 0))
    assert queue.take() == second
    assert not queue


def test_a_task_whose_start_was_done_before_is_not_held_back(tmp_path: Path) -> None:
    assert TaskQueue([task(tmp_path, "b", "a")]).take() is not None


def test_what_needs_a_failed_task_is_not_started_and_says_why(tmp_path: Path) -> None:
    first, second, third = task(tmp_path, "a"), task(tmp_path, "b", "a"), task(tmp_path, "c", "b")
    queue = TaskQueue([first, second, third])
    queue.take()
    queue.finish(Outcome(first, 1, "no room"))
    assert not queue
    assert [(one.task.key, one.status) for one in queue.outcomes] == [(key, "failed") for key in "abc"]
    assert queue.outcomes[1].reason == "it starts from a, which is not completed"


def test_what_another_process_is_at_comes_last_and_is_not_tried_again_where_it_failed_there(
    tmp_path: Path, elsewhere: ExitStack
) -> None:
    theirs, failing, free = task(tmp_path, "a"), task(tmp_path, "b"), task(tmp_path, "c")
    for one in (theirs, failing):
        elsewhere.enter_context(claim_of(one))
    queue = TaskQueue([theirs, failing, free])
    assert [queue.take(), queue.take()] == [free, None]
    assert queue.elsewhere() == [theirs, failing]
    failing.file("error").write_text("no room\n")
    elsewhere.close()
    assert [queue.take(), queue.take()] == [theirs, None]
    assert not queue
    assert [(one.task.key, one.reason) for one in queue.outcomes] == [("b", "no room")]


def test_a_failure_of_an_earlier_sweep_is_tried_again(tmp_path: Path) -> None:
    one = task(tmp_path, "a")
    one.file("error").write_text("no room\n")
    assert TaskQueue([one]).take() == one


def test_a_cancelled_task_is_not_started(tmp_path: Path) -> None:
    one = task(tmp_path, "a")
    one.file("cancel").touch()
    queue = TaskQueue([one])
    assert queue.take() is None
    assert [(outcome.code, outcome.status) for outcome in queue.outcomes] == [(CANCELLED, "interrupted")]

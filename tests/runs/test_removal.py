"""Deleting a run beside those who write into it, and what a killed deletion leaves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from disentcli.errors import DisentError
from disentcli.file_lock import FileLock
from disentcli.runs.lock import evaluation_lock
from disentcli.runs.removal import REMOVED, STALE, remove
from disentcli.runs.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that nobody writes."""
    made = Run.create(tmp_path, "vae", {"model": {}})
    made.lock.release()
    return made


def test_nothing_of_a_run_is_left(run: Run, tmp_path: Path) -> None:
    remove(run.path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [".val.json.lock", ".report.html.lock", "figures/.val.lock"])
def test_a_run_is_kept_for_those_who_write_into_it(run: Run, name: str) -> None:
    (run.path / name).parent.mkdir(exist_ok=True)
    with (
        FileLock(run.path / name, "the scores", "wait"),
        pytest.raises(
            DisentError, match=rf"the run {run.name} is in use \((val|report)\S* is being written\)"
        ),
    ):
        remove(run.path)
    assert run.info()["name"] == run.name
    remove(run.path)


def test_the_lock_file_of_a_killed_evaluation_does_not_keep_it(run: Run, tmp_path: Path) -> None:
    (run.path / ".val.json.lock").write_text("pid 99 on elsewhere")
    remove(run.path)
    assert list(tmp_path.iterdir()) == []


def test_a_killed_deletion_is_finished_by_the_next_run(run: Run, tmp_path: Path) -> None:
    hidden = run.path.rename(tmp_path / f".{run.name}{REMOVED}")
    os.utime(hidden, (0, hidden.stat().st_mtime - STALE - 1))
    Run.create(tmp_path, "other", {}).lock.release()
    assert not hidden.exists()


def test_a_killed_deletion_does_not_stop_another_of_the_same_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / f".{run.name}{REMOVED}" / "checkpoints").mkdir(parents=True)
    remove(run.path)
    assert list(tmp_path.iterdir()) == []


def test_figures_and_scores_of_one_name_have_one_writer(run: Run) -> None:
    with (
        evaluation_lock(run.path, "val.json", "the scores", "ident"),
        pytest.raises(
            DisentError, match=r"being written by pid .*; wait for it, or choose another name with --ident"
        ),
    ):
        evaluation_lock(run.path, "val.json", "the figures", "ident").acquire()

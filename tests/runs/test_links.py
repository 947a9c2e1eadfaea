"""A run that holds a link, or is one: it is named and not followed; the others are read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from disentcli.errors import CallError, DisentError
from disentcli.file_lock import FileLock
from disentcli.runs.run import Run
from disentcli.runs.run_index import newest_first
from disentcli.runs.select import find_runs, read_together

PLACES = [
    "lock",
    "checkpoints",
    "records/scalars.jsonl",
    "error.txt",
    "figures/val/codes.png",
    "results/val.h5",
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run that nobody writes."""
    made = Run.create(tmp_path / "runs", "vae", {"model": {}})
    made.lock.release()
    return made


@pytest.mark.parametrize("place", PLACES)
def test_a_link_in_a_run_is_named(run: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "elsewhere").write_text("precious")
    (run.path / place).unlink(missing_ok=True)
    (run.path / place).parent.mkdir(parents=True, exist_ok=True)
    (run.path / place).symlink_to(tmp_path / "elsewhere")
    for name in (run.name, "vae", "last", str(run.path)):
        with pytest.raises(DisentError, match=rf"{place} in the run {run.name} is a link"):
            Run.find(run.path.parent, name)


def test_of_many_runs_the_others_are_read(run: Run) -> None:
    shutil.copytree(run.path, other := run.path.with_name("other_261201-000000"))
    (run.path / "error.txt").symlink_to("/dev/null")
    assert [one.path for one in read_together(find_runs(other.parent, ["*"]))] == [other]


def test_a_run_that_is_a_link_is_none(run: Run, tmp_path: Path) -> None:
    outside = run.path.rename(tmp_path / "outside")
    (tmp_path / "runs" / "linked").symlink_to(outside)
    assert newest_first(tmp_path / "runs") == []
    with pytest.raises(CallError, match=r"linked in .* is a link"):
        Run.find(tmp_path / "runs", "linked")
    assert Run.find(tmp_path / "runs", outside).path == outside


def test_a_lock_is_not_taken_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "lock").symlink_to(tmp_path / "precious")
    with pytest.raises(DisentError, match="cannot write the run"):
        FileLock(tmp_path / "lock", "the run", "wait").acquire()
    assert (tmp_path / "precious").read_text() == "precious"

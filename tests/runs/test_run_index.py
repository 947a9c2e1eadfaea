"""What runs a folder holds: the whole, the damaged and what is none; nothing of it stops the list."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from disentcli.errors import DisentError
from disentcli.runs.results import write_results
from disentcli.runs.run import Run
from disentcli.runs.run_index import current_status, list_runs, newest_first

NOON = datetime(2026, 11, 21, 12, 0, 0)


def make(root: Path, name: str, hours: int = 0, **info: object) -> Run:
    run = Run.create(root, name, {"seed": 1}, {"budget": 10}, when=NOON + timedelta(hours=hours))
    run.update(**info)
    run.lock.release()
    return run


def test_a_folder_that_is_not_there_has_no_runs(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "missing") == newest_first(tmp_path / "missing") == []


def test_a_run_is_listed_with_step_size_and_results(tmp_path: Path) -> None:
    run = make(tmp_path, "vae", step=7, status="interrupted")
    write_results(run, "eval-val", {"mig": {"mig": 0.5}})
    write_results(run, "a", {"mig": {"mig": 0.5}})
    (found,) = list_runs(tmp_path)
    assert (found.name, found.path, found.status) == (run.name, run.path, "interrupted")
    assert (found.step, found.budget, found.created) == (7, 10, NOON.isoformat(timespec="microseconds"))
    assert found.results == ("a", "eval-val")
    assert found.size == sum(path.stat().st_size for path in run.path.rglob("*") if path.is_file())


def test_runs_are_listed_by_when_they_were_made_not_by_name(tmp_path: Path) -> None:
    names = [make(tmp_path, name, hours).name for name, hours in (("c", 1), ("a", 2), ("b", 0))]
    assert newest_first(tmp_path) == [names[1], names[0], names[2]]


def test_foreign_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    run = make(tmp_path, "vae")
    (tmp_path / "notes.txt").write_text("run.json")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "folder" / "run.json").mkdir(parents=True)
    hidden = tmp_path / ".vae.partial-1-2"
    hidden.mkdir()
    (hidden / "run.json").write_text("{}")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert [one.name for one in list_runs(tmp_path)] == newest_first(tmp_path) == [run.name]


@pytest.mark.parametrize("content", [b"", b"{", b"[1, 2]", b"\xff\xfe", b'{"step": 1' + b"[" * 100_000])
def test_a_damaged_run_is_listed_as_damaged_beside_the_others(tmp_path: Path, content: bytes) -> None:
    whole, broken = make(tmp_path, "whole", status="completed"), make(tmp_path, "broken")
    (broken.path / "run.json").write_bytes(content)
    found = {one.name: (one.status, one.step, one.budget) for one in list_runs(tmp_path)}
    assert found == {whole.name: ("completed", 0, 10), broken.name: ("damaged", 0, 0)}


def test_a_byte_that_was_changed_makes_a_run_damaged(tmp_path: Path) -> None:
    run = make(tmp_path, "vae", step=7)
    path = run.path / "run.json"
    path.write_text(path.read_text().replace('"step": 7', '"step": 9'))
    assert [one.status for one in list_runs(tmp_path)] == ["damaged"]


def test_a_damaged_run_has_the_age_of_its_file(tmp_path: Path) -> None:
    old, broken, new = make(tmp_path, "old", 0), make(tmp_path, "broken", 5), make(tmp_path, "new", 2)
    (broken.path / "run.json").write_text("{")
    an_hour_on = (NOON + timedelta(hours=1)).timestamp()
    os.utime(broken.path / "run.json", (an_hour_on, an_hour_on))
    assert newest_first(tmp_path) == [new.name, broken.name, old.name]


def test_numbers_that_are_none_count_as_zero(tmp_path: Path) -> None:
    run = make(tmp_path, "vae")
    (run.path / "run.json").write_text(json.dumps({"status": "completed", "step": None, "budget": None}))
    (found,) = list_runs(tmp_path)
    assert (found.step, found.budget, found.status) == (0, 0, "completed")


@pytest.mark.parametrize("entry", [{"step": "7"}, {"wall_seconds": {"a": 1}}, {"called": []}, {"status": 3}])
def test_an_entry_of_another_type_is_damage_that_is_named(tmp_path: Path, entry: dict[str, object]) -> None:
    run = make(tmp_path, "vae")
    (run.path / "run.json").write_text(json.dumps({"status": "completed", "name": "x", **entry}))
    (found,) = list_runs(tmp_path)
    assert found.status == "damaged"
    with pytest.raises(DisentError, match=f"its entry '{next(iter(entry))}' is"):
        run.info()


def test_a_pipe_and_brackets_without_end_are_damaged_runs(tmp_path: Path) -> None:
    for name in ("pipe", "deep"):
        run = make(tmp_path, name)
        (run.path / "run.json").unlink()
        if name == "pipe":
            os.mkfifo(run.path / "run.json")
        else:
            (run.path / "run.json").write_text("[" * 100_000 + "]" * 100_000)
    assert {one.status for one in list_runs(tmp_path)} <= {"damaged"}


def test_a_running_run_whose_lock_nobody_holds_was_killed(tmp_path: Path) -> None:
    run = make(tmp_path, "vae", status="running")
    assert [one.status for one in list_runs(tmp_path)] == ["killed"]
    with run.lock:
        assert [one.status for one in list_runs(tmp_path)] == ["running"]
    for status in ("created", "completed", "interrupted", "failed"):
        assert current_status({"status": status}, run.path) == status
    assert current_status({}, run.path) == "damaged"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", {"3ds_vae", "3ds_ae", "mpi_vae"}),
        ("vae", {"3ds_vae", "mpi_vae"}),
        ("3ds*", {"3ds_vae", "3ds_ae"}),
        ("?pi*", {"mpi_vae"}),
        ("VAE", set()),
        ("ae_26*", set()),
    ],
)
def test_a_pattern_is_a_shells_or_a_part_of_the_name(
    tmp_path: Path, pattern: str, expected: set[str]
) -> None:
    for name in ("3ds_vae", "3ds_ae", "mpi_vae"):
        make(tmp_path, name)
    assert {one.name.rpartition("_26")[0] for one in list_runs(tmp_path, pattern)} == expected

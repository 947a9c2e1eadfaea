"""The index of runs: it saves reading, and is never believed where a file has changed or it is damaged."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from disentcli.errors import DisentError
from disentcli.runs import index_file
from disentcli.runs.index_file import Found, read_indexed, stamp_of
from disentcli.runs.results import read_results, write_results
from disentcli.runs.run import Run
from disentcli.runs.run_index import list_runs, newest_first, readable_infos
from disentcli.runs.select import find_runs, read_together
from disentcli.tables.score_tables import compare_runs

COUNT = 6
AGO = time.time() - 3600


@pytest.fixture(autouse=True)
def _few_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_file, "WORTH", (1, 0.0))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of runs whose files are an hour old."""
    for number in range(COUNT):
        run = Run.create(tmp_path, f"r{number}", {"seed": number}, {"budget": 10, "seed": number})
        write_results(run, "m", {"mig": {"mig": number / 10}})
        run.lock.release()
    age(tmp_path)
    return tmp_path


def age(root: Path) -> None:
    for path in [*root.rglob("*"), root]:
        os.utime(path, (AGO, AGO))


class Reads:
    """Counts which runs are read."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, folder: Path) -> Found | None:
        self.names.append(folder.name)
        stamps = {"run.json": stamp_of(folder / "run.json")}
        return Found(stamps, json.loads((folder / "run.json").read_text())["seed"])


def read(root: Path) -> tuple[list[str], dict[str, str]]:
    """Which runs had to be read, and what was found."""
    reads = Reads()
    found = read_indexed(root, "seeds", newest_first(root), reads)
    return sorted(reads.names), found


def index_of(root: Path) -> Path:
    return root / ".index" / "seeds.tsv"


def test_an_unchanged_run_is_read_once(root: Path) -> None:
    first, found = read(root)
    assert first == sorted(newest_first(root))
    assert read(root) == ([], found)
    assert sorted(found.values()) == [str(number) for number in range(COUNT)]


def test_a_run_that_changed_is_read_again(root: Path) -> None:
    read(root)
    run = Run.find(root, "r3")
    with run.lock:
        run.update(seed=33)
    names, found = read(root)
    assert names == [run.name]
    assert found[run.name] == "33"


def test_a_change_of_the_same_second_and_size_is_noticed(root: Path) -> None:
    """A file that was changed a moment ago is not believed, whatever its time says."""
    run = Run.find(root, "r3")
    with run.lock:
        run.update(seed=4)
    read(root)
    assert read(root)[0] == [run.name]


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: b"",
        lambda text: text[: len(text) // 2],
        lambda text: text.replace(b"\t0", b"\t9"),
        lambda text: b"disentcli index 0" + text[17:],
        lambda text: text + b"\xff\xfe\t\t\n",
    ],
)
def test_what_is_damaged_is_read_from_the_runs(root: Path, damage: Callable[[bytes], bytes]) -> None:
    _, found = read(root)
    path = index_of(root)
    path.write_bytes(damage(path.read_bytes()))
    assert read(root)[1] == found


def test_every_byte_of_it_is_checked(root: Path) -> None:
    _, found = read(root)
    content = index_of(root).read_bytes()
    for at in range(0, len(content), 7):
        index_of(root).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert read(root)[1] == found


def test_an_index_that_cannot_be_written_or_read_is_no_error(root: Path) -> None:
    folder = root / ".index"
    newest_first(root)
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.write_text("a file in its place")
    assert len(read(root)[1]) == COUNT
    assert len(list_runs(root)) == COUNT


def test_runs_that_are_gone_are_forgotten(root: Path) -> None:
    read(root)
    gone = Run.find(root, "r2")
    for path in sorted(gone.path.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    gone.path.rmdir()
    run = Run.find(root, "r3")
    with run.lock:
        run.update(seed=33)
    age(root)
    assert gone.name not in read(root)[1]
    assert gone.name not in index_of(root).read_text()


def test_a_list_shows_results_and_sizes_as_they_are_now(root: Path) -> None:
    before = {one.name: one for one in list_runs(root)}
    run = Run.find(root, "r1")
    write_results(run, "later", {"mig": {"mig": 0.5}})
    after = {one.name: one for one in list_runs(root)}
    assert after[run.name].results == ("later", "m")
    assert after[run.name].size > before[run.name].size
    assert {name: one for name, one in after.items() if name != run.name} == {
        name: one for name, one in before.items() if name != run.name
    }


def test_runs_read_together_have_what_their_files_hold(root: Path) -> None:
    for _ in range(2):
        for run in read_together(find_runs(root, ["*"])):
            alone = Run(run.path)
            assert (run.info(), run.config()) == (alone.info(), alone.config())
            assert read_results(run, "m") == read_results(alone, "m")


def test_one_damaged_run_is_named_once_and_left_out(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken, odd = Run.find(root, "r1"), Run.find(root, "r2")
    (broken.path / "run.json").write_text("{")
    (odd.results / "m.json").write_text("{")
    with caplog.at_level(logging.WARNING):
        found = read_together(find_runs(root, ["*"]))
        readable_infos(root)
    names, _ = compare_runs(found)
    assert names == ["mig"]
    assert {run.name for run in found} == set(newest_first(root)) - {broken.name, odd.name}
    assert [
        caplog.text.count(run.name + " ") + caplog.text.count(run.name + "\n") for run in (broken, odd)
    ] == [1, 1]


def test_the_last_run_is_the_newest_that_can_be_read(root: Path) -> None:
    newest, second = newest_first(root)[:2]
    (root / newest / "run.json").write_text("{")
    assert Run.find(root, "last").name == second


def test_a_damaged_run_that_is_named_alone_is_an_error(root: Path) -> None:
    run = Run.find(root, "r2")
    (run.results / "m.json").write_text("{")
    with pytest.raises(DisentError, match=r"m\.json is damaged"):
        read_together([run])

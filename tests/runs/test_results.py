"""Results are written whole, never over others, and read back."""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pytest

from disentcli.atomic_io import is_partial
from disentcli.errors import CallError, DisentError
from disentcli.runs.results import (
    Results,
    idents,
    read_arrays,
    read_result_file,
    read_results,
    write_result_file,
    write_results,
)
from disentcli.runs.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, "run", {})


def test_scores_reasons_and_arrays_come_back(run: Run) -> None:
    codes = np.arange(6.0).reshape(2, 3)
    scores = {"mig": {"mig": np.float32(0.5), "bad": math.nan}, "dci": {"disentanglement": None}}
    write_results(
        run, "eval-val", scores, {"dci": "one factor"}, {"limit": 10}, {"mig": 0.1}, {"mig/matrix": codes}
    )
    found = read_results(run, "eval-val")
    assert found.scores == {"mig": {"mig": 0.5, "bad": None}, "dci": {"disentanglement": None}}
    assert found.reasons == {"dci": "one factor"}
    assert (found.settings, found.seconds) == ({"limit": 10}, {"mig": 0.1})
    np.testing.assert_array_equal(read_arrays(run, "eval-val")["mig/matrix"], codes)
    assert idents(run) == ["eval-val"]


def test_warnings_come_back_and_files_without_them_load(run: Run) -> None:
    stored = Results({"mig": {"mig": 0.5}}, warnings={"mig": ["few points: 24", "an outlier"]})
    write_result_file(run.path / "warned.json", stored)
    assert read_result_file(run.path / "warned.json") == stored
    path = write_results(run, "a", {"mig": {"mig": 1}})  # as all were before there were warnings
    assert "warnings" not in json.loads(path.read_text())
    assert read_results(run, "a").warnings == {}


def test_the_file_has_the_published_schema(run: Run) -> None:
    path = write_results(run, "a", {"mig": {"mig": 1}})
    assert path == run.path / "results" / "a.json"
    content = json.loads(path.read_text())
    checksum = content.pop("crc32")
    assert int(checksum, 16) == zlib.crc32(json.dumps(content, sort_keys=True).encode())
    assert content == {
        "schema": 1,
        "scores": {"mig": {"mig": 1}},
        "reasons": {},
        "settings": {},
        "seconds": {},
    }


def test_results_that_exist_are_replaced_only_when_asked(run: Run) -> None:
    write_results(run, "a", {"m": {"s": 1}}, arrays={"x": np.ones(1)})
    with pytest.raises(CallError, match=r"a\.json exists; .*--ident.*--overwrite"):
        write_results(run, "a", {"m": {"s": 2}})
    assert read_results(run, "a").scores == {"m": {"s": 1}}
    write_results(run, "a", {"m": {"s": 2}}, overwrite=True)
    assert read_results(run, "a").scores == {"m": {"s": 2}}
    assert read_arrays(run, "a") == {}


def test_results_that_do_not_exist_say_which_do(run: Run) -> None:
    with pytest.raises(CallError, match="no results 'b'; there are: none yet"):
        read_results(run, "b")
    write_results(run, "a", {})
    with pytest.raises(CallError, match="no results 'b'; there are: a"):
        read_results(run, "b")


def test_damaged_results_say_so(run: Run) -> None:
    write_results(run, "a", {}).write_text('{"schema": 1')
    with pytest.raises(DisentError, match=r"a\.json is damaged"):
        read_results(run, "a")


def test_an_ident_that_is_no_file_name_is_refused(run: Run) -> None:
    with pytest.raises(CallError, match="letters, digits"):
        write_results(run, "../a", {})


def test_results_of_before_parts_were_kept_say_which_part_was_used(run: Run) -> None:
    """A full grid was drawn from whatever --mode said; of other data the mode was what was used."""
    grid = "10,000 + 5,000 points drawn uniformly, with replacement, from the full grid"
    split = "26 + 14 points without replacement, all of the split"
    for name, sampling in (("grid", grid), ("split", split)):
        write_results(run, name, {"mig": {"mig": 1}}, settings={"mode": "test", "sampling": sampling})
    assert read_results(run, "grid").settings["mode"] == "all"
    assert read_results(run, "split").settings["mode"] == "test"
    assert json.loads((run.results / "grid.json").read_text())["settings"]["mode"] == "test"


class Killed(BaseException):
    """The end of a process in the middle of its work."""


@pytest.mark.parametrize("moment", range(6))
def test_a_kill_while_results_are_replaced_leaves_the_old_ones_or_the_new(
    moment: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before its `moment`th change of a file's name, or after them all."""
    write_results(run, "a", {"m": {"s": 20}}, arrays={"x": np.full(3, 20.0)})
    calls = []

    def counted(change: Callable[..., None]) -> Callable[..., None]:
        def attempt(*arguments: object, **options: object) -> None:
            if len(calls) == moment:
                raise Killed
            calls.append(change)
            change(*arguments, **options)

        return attempt

    monkeypatch.setattr(os, "replace", counted(os.replace))
    monkeypatch.setattr(Path, "unlink", counted(Path.unlink))
    with suppress(Killed):
        write_results(run, "a", {"m": {"s": 60}}, arrays={"x": np.full(5, 60.0)}, overwrite=True)
    monkeypatch.undo()
    step = read_results(run, "a").scores["m"]["s"]
    assert read_arrays(run, "a")["x"].tolist() == {20: [20.0] * 3, 60: [60.0] * 5}[int(step or 0)]
    assert step == (20 if moment < 2 else 60)
    write_results(run, "a", {"m": {"s": 80}}, arrays={"x": np.full(2, 80.0)}, overwrite=True)
    found = sorted(path.name for path in run.results.iterdir() if not is_partial(path))
    assert found == ["a.h5", "a.json"]


def test_arrays_of_another_evaluation_are_refused(run: Run) -> None:
    write_results(run, "a", {"m": {"s": 20}}, arrays={"x": np.full(3, 20.0)})
    write_results(run, "b", {"m": {"s": 60}}, arrays={"x": np.full(3, 60.0)})
    (run.results / "b.h5").write_bytes((run.results / "a.h5").read_bytes())
    with pytest.raises(DisentError, match=r"b\.h5 is damaged, or not of b\.json: evaluate again"):
        read_arrays(run, "b")
    (run.results / "b.h5").unlink()
    with pytest.raises(DisentError, match=r"b\.h5 is damaged"):
        read_arrays(run, "b")


def test_results_of_before_are_read_as_they_are(run: Run) -> None:
    """Written before there were checksums: without any, and with arrays that nothing tells of."""
    write_results(run, "a", {"mig": {"mig": 0.5}}, arrays={"x": np.ones(2)})
    content = json.loads((run.results / "a.json").read_text())
    del content["crc32"], content["arrays"]
    (run.results / "a.json").write_text(json.dumps(content, indent=1) + "\n")
    assert read_results(run, "a").scores == {"mig": {"mig": 0.5}}
    assert read_arrays(run, "a")["x"].tolist() == [1, 1]


def test_any_changed_byte_of_results_is_noticed_or_changes_nothing(run: Run) -> None:
    path = write_results(run, "a", {"mig": {"mig": 0.12345}}, {"dci": "no"}, {"step": 60}, {"mig": 0.1})
    whole, content = read_results(run, "a"), path.read_bytes()
    for place in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[place] ^= 1 << bit
            path.write_bytes(changed)
            with suppress(DisentError):
                assert read_results(run, "a") == whole


def test_any_changed_byte_of_arrays_is_noticed(run: Run) -> None:
    write_results(run, "a", {"mig": {"mig": 0.5}}, arrays={"mig/matrix": np.arange(4.0)})
    store = run.results / "a.h5"
    content = store.read_bytes()
    for place in range(0, len(content), 37):
        changed = bytearray(content)
        changed[place] ^= 4
        store.write_bytes(changed)
        with pytest.raises(DisentError, match=r"a\.h5 is damaged"):
            read_arrays(run, "a")


def test_arrays_that_lie_in_another_file_are_not_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(bytes(8))
    path = run.results / "eval-val.json"
    write_results(run, "eval-val", {"mig": {"mig": 0.5}})
    content = json.loads(path.read_text())
    path.write_text(json.dumps({key: content[key] for key in content.keys() - {"crc32", "arrays"}}))
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        file.create_dataset("mig/matrix", (1,), float, external=[(str(tmp_path / "secret"), 0, 8)])
    with pytest.raises(DisentError, match="another file"):
        read_arrays(run, "eval-val")

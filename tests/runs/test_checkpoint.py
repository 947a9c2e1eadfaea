"""Checkpoints load without executing anything, and a damaged one says which is good."""

from __future__ import annotations

import math
import pickle
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
import torch

from disentcli.errors import CallError, DisentError
from disentcli.runs import checkpoint
from disentcli.runs.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    made = Run.create(tmp_path, "run", {})
    for step in (0, 10, 20):
        checkpoint.save(made, step, {"step": step, "model": {"w": torch.full((100,), float(step))}})
    return made


def test_what_was_saved_is_loaded(run: Run) -> None:
    assert checkpoint.steps(run) == [0, 10, 20]
    for which, step in {"last": 20, 10: 10, "10": 10}.items():
        assert checkpoint.load(run, which)["step"] == step
    assert torch.equal(checkpoint.load(run, 10)["model"]["w"], torch.full((100,), 10.0))


def test_the_best_is_the_one_that_the_run_names(run: Run) -> None:
    with pytest.raises(
        CallError, match=r"no checkpoint of run_.* has a validation loss yet; there are: 0, 10, 20"
    ):
        checkpoint.load(run, "best")
    run.update(best_step=10)
    assert checkpoint.load(run, "best")["step"] == 10


@pytest.mark.parametrize("which", [15, "15", "newest"])
def test_a_checkpoint_that_does_not_exist_says_which_do(run: Run, which: str | int) -> None:
    with pytest.raises(CallError, match=f"no checkpoint {which!r}; there are: 0, 10, 20, last and best"):
        checkpoint.load(run, which)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "empty"])
def test_a_damaged_checkpoint_names_itself_and_the_newest_good_one(run: Run, damage: str) -> None:
    path = run.path / checkpoint.file_name(20)
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        place = content.index(torch.full((4,), 20.0).numpy().tobytes())
        content[place] ^= 1
    path.write_bytes({"truncated": content[:-100], "flipped": content, "empty": b""}[damage])
    with pytest.raises(DisentError, match=r"(?s)step-000000020\.pt is damaged .*--checkpoint 10"):
        checkpoint.load(run)
    assert checkpoint.load(run, 10)["step"] == 10


def test_a_file_that_would_execute_something_is_refused(run: Run) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(run.path / "executed"),)

    torch.save({"step": Bomb()}, run.path / checkpoint.file_name(30), pickle_module=pickle)
    with pytest.raises(DisentError, match=r"step-000000030\.pt is damaged"):
        checkpoint.load(run)
    assert not (run.path / "executed").exists()


def test_the_newest_and_the_best_stay(run: Run) -> None:
    (run.checkpoints / ".step-000000030.pt.partial-1-ab").write_bytes(b"killed")
    checkpoint.prune(run, keep=1, always=(0, None))
    assert sorted(path.name for path in run.checkpoints.iterdir()) == [
        "step-000000000.pt",
        "step-000000020.pt",
    ]


def test_going_on_from_an_earlier_one_drops_the_later(run: Run) -> None:
    checkpoint.delete_after(run, 10)
    assert checkpoint.steps(run) == [0, 10]


def test_infinity_survives(run: Run) -> None:
    checkpoint.save(run, 30, {"best": math.inf})
    assert checkpoint.load(run)["best"] == math.inf


def test_any_changed_byte_is_noticed_or_changes_nothing(run: Run) -> None:
    path = run.path / checkpoint.file_name(20)
    content = path.read_bytes()
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        path.write_bytes(changed)
        with suppress(DisentError):
            assert torch.equal(checkpoint.load(run)["model"]["w"], torch.full((100,), 20.0))


def test_the_checksum_is_the_comment_of_the_archive(run: Run) -> None:
    path = run.path / checkpoint.file_name(20)
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert archive.comment.decode() == f"crc32 {zlib.crc32(content[:-8]):08x}"


def test_a_checkpoint_of_before_is_read(run: Run) -> None:
    torch.save({"step": 30, "model": {"w": torch.ones(4)}}, run.path / checkpoint.file_name(30))
    assert torch.equal(checkpoint.load(run)["model"]["w"], torch.ones(4))

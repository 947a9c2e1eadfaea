"""Records continue after a step as if nothing later had been written; read back with tensorboard itself."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from disentcli.runs.records import Records, read_scalars


def record(folder: Path, first: int, last: int, after: int = 0) -> None:
    records = Records(folder, after)
    for step in range(first, last + 1):
        records.scalars(step, {"train/loss": float(step)})
        records.scalars(step, {"val/loss": -float(step)})
        records.flush(step)
    records.close()


def on_the_board(folder: Path, tag: str) -> list[tuple[int, float]]:
    board = EventAccumulator(str(folder))
    board.Reload()
    return [(event.step, event.value) for event in board.Scalars(tag)]


def test_each_step_has_one_line(tmp_path: Path) -> None:
    record(tmp_path, 1, 2)
    assert read_scalars(tmp_path) == [
        {"step": 1, "train/loss": 1.0, "val/loss": -1.0},
        {"step": 2, "train/loss": 2.0, "val/loss": -2.0},
    ]


def test_continuing_cuts_back_what_came_later(tmp_path: Path) -> None:
    record(tmp_path, 1, 7)
    record(tmp_path, 5, 9, after=4)
    assert [line["step"] for line in read_scalars(tmp_path)] == list(range(1, 10))
    assert on_the_board(tmp_path, "train/loss") == [(step, float(step)) for step in range(1, 10)]


def test_starting_again_from_nothing_leaves_nothing(tmp_path: Path) -> None:
    record(tmp_path, 1, 3)
    Records(tmp_path, 0).close()
    assert read_scalars(tmp_path) == []
    assert not list(tmp_path.glob("events*"))


def test_what_a_kill_cut_short_is_dropped(tmp_path: Path) -> None:
    record(tmp_path, 1, 3)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    record(tmp_path, 3, 4, after=2)
    assert [line["step"] for line in read_scalars(tmp_path)] == [1, 2, 3, 4]
    assert [step for step, _ in on_the_board(tmp_path, "val/loss")] == [1, 2, 3, 4]


def test_a_number_that_is_not_finite_is_null(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.scalars(1, {"a": math.nan, "b": math.inf})
    records.flush(1)
    records.close()
    assert read_scalars(tmp_path) == [{"step": 1, "a": None, "b": None}]


def test_images_are_on_the_board(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.image(3, "samples", torch.rand(3, 8, 16))
    records.close()
    board = EventAccumulator(str(tmp_path))
    board.Reload()
    shown = board.Images("samples")[0]
    assert (shown.step, shown.height, shown.width) == (3, 8, 16)

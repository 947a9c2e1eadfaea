"""Records continue after a step as if nothing later had been written; read back with tensorboard itself."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from disentcli.runs.records import Records, read_scalars
from disentcli.runs.run import Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path, "one", {"seed": 0})


def record(run: Run, first: int, last: int, after: int = 0) -> None:
    records = Records(run, after)
    for step in range(first, last + 1):
        records.scalars(step, {"train/loss": float(step)})
        records.scalars(step, {"val/loss": -float(step)})
        records.flush(step)
    records.close()


def on_the_board(run: Run, tag: str) -> list[tuple[int, float]]:
    board = EventAccumulator(str(run.records))
    board.Reload()
    return sorted((event.step, event.value) for event in board.Scalars(tag))


def test_each_step_has_one_line(run: Run) -> None:
    record(run, 1, 2)
    assert read_scalars(run.records) == [
        {"step": 1, "train/loss": 1.0, "val/loss": -1.0},
        {"step": 2, "train/loss": 2.0, "val/loss": -2.0},
    ]


def test_continuing_cuts_back_what_came_later(run: Run) -> None:
    record(run, 1, 7)
    record(run, 5, 9, after=4)
    assert [line["step"] for line in read_scalars(run.records)] == list(range(1, 10))
    assert on_the_board(run, "train/loss") == [(step, float(step)) for step in range(1, 10)]


def test_starting_again_from_nothing_leaves_nothing(run: Run) -> None:
    record(run, 1, 3)
    Records(run, 0).close()
    assert read_scalars(run.records) == []
    board = EventAccumulator(str(run.records))
    board.Reload()
    assert board.Tags()["scalars"] == []


def test_what_a_kill_cut_short_is_dropped(run: Run) -> None:
    record(run, 1, 3)
    for path in run.records.iterdir():
        path.write_bytes(path.read_bytes()[:-5])
    record(run, 3, 4, after=2)
    assert [line["step"] for line in read_scalars(run.records)] == [1, 2, 3, 4]
    assert [step for step, _ in on_the_board(run, "val/loss")] == [1, 2, 3, 4]


def test_a_number_that_is_not_finite_is_null(run: Run) -> None:
    records = Records(run)
    records.scalars(1, {"a": math.nan, "b": math.inf})
    records.flush(1)
    records.close()
    assert read_scalars(run.records) == [{"step": 1, "a": None, "b": None}]


def test_images_are_on_the_board(run: Run) -> None:
    records = Records(run)
    records.image(3, "samples", torch.rand(3, 8, 16))
    records.close()
    board = EventAccumulator(str(run.records))
    board.Reload()
    shown = board.Images("samples")[0]
    assert (shown.step, shown.height, shown.width) == (3, 8, 16)

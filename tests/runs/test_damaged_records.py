"""A damaged line or record costs itself alone; what cannot be read is kept and named."""

from __future__ import annotations

import json
import logging
import os
import random
import zlib
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

from disentcli.runs.events import masked_crc32c
from disentcli.runs.records import Records, read_scalars
from disentcli.runs.run import Run

from .test_records import on_the_board, record


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = Run.create(tmp_path, "one", {"seed": 0})
    record(run, 1, 6)
    return run


def scalars_file(run: Run) -> Path:
    return run.records / "scalars.jsonl"


def events_file(run: Run) -> Path:
    """The larger one; the other holds the config."""
    return max(run.records.glob("events.out.tfevents.*"), key=lambda path: path.stat().st_size)


def change(path: Path, place: int, value: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] = value
    path.write_bytes(content)


def test_a_line_holds_the_checksum_of_its_json(run: Run) -> None:
    for line in scalars_file(run).read_text().splitlines():
        values = json.loads(line)
        stored = values.pop("crc32")
        assert int(stored, 16) == zlib.crc32(json.dumps(values).encode())


def test_lines_without_a_checksum_are_read_as_before(run: Run) -> None:
    scalars_file(run).write_text('{"step": 1, "a": 2.0}\n{"step": 2, "a": null}\n')
    assert read_scalars(run.records) == [{"step": 1, "a": 2.0}, {"step": 2, "a": None}]


def test_any_byte_that_is_changed_costs_at_most_its_line(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    whole, content = read_scalars(run.records), scalars_file(run).read_bytes()
    rng = random.Random(0)
    ends = [place for place, byte in enumerate(content) if byte == ord("\n")]
    for place in set(range(len(content))) - set(ends):
        caplog.clear()
        changed = bytearray(content)
        changed[place] ^= 1 << rng.randrange(7)
        scalars_file(run).write_bytes(changed)
        found = read_scalars(run.records)
        assert all(line in whole for line in found), place
        if len(found) < len(whole):
            assert "scalars.jsonl: line " in caplog.text
        assert len(found) >= len(whole) - 2  # two only where the byte has become the end of a line


def test_going_on_keeps_what_is_whole_and_puts_aside_what_is_not(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    lines = scalars_file(run).read_bytes().splitlines(keepends=True)
    lines[1] = b"\xff" + lines[1]
    scalars_file(run).write_bytes(b"".join(lines))
    with caplog.at_level(logging.WARNING, "disentcli"):
        record(run, 6, 8, after=5)
    assert [line["step"] for line in read_scalars(run.records)] == [1, 3, 4, 5, 6, 7, 8]
    assert scalars_file(run).read_bytes().startswith(lines[0] + b"".join(lines[2:5]))
    assert (run.records / "scalars.jsonl.damaged-1").read_bytes() == lines[1]
    assert "scalars.jsonl is damaged" in caplog.text
    assert "scalars.jsonl.damaged-1" in caplog.text


def test_half_a_file_of_lines_loses_its_second_half_with_a_word(
    run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    content = scalars_file(run).read_bytes()
    scalars_file(run).write_bytes(content[: len(content) // 2 + 20])
    Records(run, 6).close()
    assert [line["step"] for line in read_scalars(run.records)] == [1, 2, 3]
    assert "damaged-1" in caplog.text


@pytest.mark.parametrize("part", ["length", "data"])
def test_a_damaged_event_does_not_cost_those_behind_it(
    part: str, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    path = events_file(run)
    second = path.read_bytes().index(b"train/loss", path.read_bytes().index(b"train/loss") + 1)
    start = path.read_bytes().rindex(masked_length(path, second), 0, second) if part == "length" else second
    change(path, start, path.read_bytes()[start] ^ 1)
    Records(run, 6).close()
    assert on_the_board(run, "train/loss") == [(step, float(step)) for step in (1, 3, 4, 5, 6)]
    assert on_the_board(run, "val/loss") == [(step, -float(step)) for step in range(1, 7)]
    assert (run.records / "events.damaged-1").stat().st_size > 0
    assert "bytes cannot be read and are kept in events.damaged-1" in caplog.text


def masked_length(path: Path, inside: int) -> bytes:
    """The checksum of the length of the record in which this place lies."""
    content, start = path.read_bytes(), 0
    while (end := start + 16 + int.from_bytes(content[start : start + 8], "little")) <= inside:
        start = end
    return content[start + 8 : start + 12]


def test_the_checksum_is_that_of_tensorboard() -> None:
    for size in (4, 8, 100, 1999, 2000, 2001, 2304, 5000, 70_000):
        data = os.urandom(size)
        assert masked_crc32c(data) == int(pywrap_tensorflow.masked_crc32c(data))


def test_the_board_itself_would_stop_at_a_damaged_event(run: Run) -> None:
    path = events_file(run)
    second = path.read_bytes().index(b"train/loss", path.read_bytes().index(b"train/loss") + 1)
    change(path, second, 0)
    board = EventAccumulator(str(run.records))
    board.Reload()
    assert len(board.Scalars("train/loss")) < 3

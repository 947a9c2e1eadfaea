"""The records of a training: scalars.jsonl, one line a step, and what the loggers write."""

from __future__ import annotations

import json
import logging
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..atomic_io import parse_json, write_atomic
from .checksums import KEY, crc32, keep_damaged
from .events import truncate_events
from .loggers.collection import DEFAULT, LoggerCollection, make_loggers
from .run import Run

if TYPE_CHECKING:
    from torch import Tensor

SCALARS = "scalars.jsonl"
STEP = re.compile(rb'\{"step": (\d+),')  # how a line begins
TAIL = 1 << 16  # bytes, in which the last lines lie
PARTS = ("train", "val")  # of the data; what is recorded of neither has the part ""

Point = tuple[float, float | None]  # step, value; None where it was not finite

_log = logging.getLogger(__name__)


class Records:
    """The writer of one run's records; continues after `step`, and drops what was recorded later.

    `drop_last` drops what was recorded at this step too: a call that was stopped there did, out of turn.

    As a context manager it is closed at the end, as `failed` where an error leaves it.
    """

    def __init__(
        self, run: Run, step: int = 0, loggers: LoggerCollection | None = None, *, drop_last: bool = False
    ) -> None:
        self.run = run
        self.folder = run.records
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = step - 1 if drop_last else step
        truncate_scalars(self.folder / SCALARS, kept)
        truncate_events(self.folder, kept)
        self._line: dict[str, float | None] = {}
        self._file = open(self.folder / SCALARS, "a", encoding="utf-8")  # noqa: SIM115 - open as long as the run
        self.loggers = make_loggers(DEFAULT) if loggers is None else loggers
        self.loggers.on_start(run, step)

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._file.closed:
            self.close("interrupted" if isinstance(error, KeyboardInterrupt) else "failed")

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Record values of this step: `{"train/kl": 1.2}`."""
        self._line.update({tag: value if math.isfinite(value) else None for tag, value in values.items()})
        self.loggers.scalars(step, values)

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Record an image (C, H, W) in [0, 1] with the loggers that show images."""
        self.loggers.image(step, tag, image)

    def flush(self, step: int) -> None:
        """End the step: its line is on disk, and the loggers have sent what they have."""
        if self._line:
            self._file.write(_as_line({"step": step, **self._line}))
            self._file.flush()
            self._line = {}
        self.loggers.flush(step)

    def fsync(self) -> None:
        """Put the lines on disk before a checkpoint, which relies on them, is written."""
        os.fsync(self._file.fileno())

    def close(self, status: str = "completed") -> None:
        """Close the file, and let the loggers know how the training call ended."""
        self.loggers.on_end(self.run, status)
        self._file.close()


def read_scalars(folder: str | Path) -> list[dict[str, Any]]:
    """The lines of scalars.jsonl in order of their steps.

    A last line cut short by a kill is left out; so is one that is damaged, with a warning.
    """
    path = Path(folder) / SCALARS
    lines, damaged = [], []
    for number, (raw, values) in enumerate(_lines(path), 1):
        if values is not None:
            lines.append(values)
        elif raw.endswith(b"\n"):
            damaged.append(str(number))
    if damaged:
        _log.warning("%s: line %s cannot be read and is left out", path, ", ".join(damaged))
    return lines


def last_recorded_step(folder: str | Path) -> tuple[int, float] | None:
    """The last step of scalars.jsonl, and when it was written (seconds since 1970); None if there is none."""
    path = Path(folder) / SCALARS
    try:
        with open(path, "rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL))
            steps = [int(found[1]) for line in file if (found := STEP.match(line))]
    except OSError:
        return None
    return (steps[-1], path.stat().st_mtime) if steps else None


def by_quantity(records: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, list[Point]]]:
    """Curves of `read_scalars`: quantity → part → points; `train/kl` and `val/kl` are two parts of `kl`."""
    found: dict[str, dict[str, list[Point]]] = {}
    for record in records:
        for tag, value in record.items():
            if tag != "step":
                part, slash, name = tag.partition("/")
                part, name = (part, name) if slash and part in PARTS else ("", tag)
                found.setdefault(name, {}).setdefault(part, []).append((record["step"], value))
    return found


def truncate_scalars(path: Path, step: int) -> None:
    """Keep the lines up to this step as they are; damaged ones go into a file beside it, with a warning."""
    kept, damaged, dropped = [], [], False
    for raw, values in _lines(path):
        if values is None and (raw.endswith(b"\n") or _is_before(raw, step)):
            damaged.append(raw)
        elif values is None or values["step"] > step:
            dropped = True
        else:
            kept.append(raw if raw.endswith(b"\n") else raw + b"\n")
    if damaged:
        keep_damaged(path, path.name, b"".join(damaged), f"{len(damaged)} of its lines")
    if damaged or dropped:
        write_atomic(path, b"".join(kept))


def _as_line(values: Mapping[str, float | None]) -> str:
    """JSON of the values, and the checksum of this JSON as the last of them."""
    text = json.dumps(values, allow_nan=False)
    return f'{text[:-1]}, "{KEY}": "{crc32(text.encode())}"}}\n'


def _lines(path: Path) -> Iterator[tuple[bytes, dict[str, Any] | None]]:
    """Each line as bytes, and its values; None where it is damaged."""
    if path.is_file():
        with open(path, "rb") as file:
            for raw in file:
                yield raw, _values(raw)


def _values(raw: bytes) -> dict[str, Any] | None:
    try:
        values = dict(parse_json(raw))
    except (ValueError, TypeError):
        return None
    text = raw.rpartition(f', "{KEY}"'.encode())[0] + b"}"
    if values.pop(KEY, crc32(text)) != crc32(text):
        return None
    numbers = all(value is None or isinstance(value, (int, float)) for value in values.values())
    return values if numbers and isinstance(values.get("step"), int) else None


def _is_before(cut_short: bytes, step: int) -> bool:
    """Whether a line without its end is of a step that a checkpoint presumes recorded."""
    begins = STEP.match(cut_short)
    return begins is not None and int(begins[1]) <= step

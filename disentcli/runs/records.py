"""What is recorded on the way: scalars.jsonl, one line a step, and whatever the loggers keep."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..atomic import write_atomic
from .events import cut_events
from .loggers.group import DEFAULT, Loggers, make_loggers
from .run import Run

if TYPE_CHECKING:
    from torch import Tensor

SCALARS = "scalars.jsonl"


class Records:
    """The writer of one run's records; continues after `step`, without what was recorded later.

    As a context it is closed at its end: `failed` where an error leaves it.
    """

    def __init__(self, run: Run, step: int = 0, loggers: Loggers | None = None) -> None:
        self.run = run
        self.folder = run.records
        self.folder.mkdir(parents=True, exist_ok=True)
        cut_scalars(self.folder / SCALARS, step)
        cut_events(self.folder, step)
        self._line: dict[str, float | None] = {}
        self._file = open(self.folder / SCALARS, "a", encoding="utf-8")  # noqa: SIM115 - open as long as the run
        self.loggers = make_loggers(DEFAULT) if loggers is None else loggers
        self.loggers.begin(run, step)

    def __enter__(self) -> Records:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._file.closed:
            self.close("interrupted" if isinstance(error, KeyboardInterrupt) else "failed")

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Record these values, `{"train/kl": 1.2}`, as of this step."""
        self._line.update({tag: value if math.isfinite(value) else None for tag, value in values.items()})
        self.loggers.scalars(step, values)

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Show an image (C, H, W) in [0, 1] where pictures can be seen."""
        self.loggers.image(step, tag, image)

    def flush(self, step: int) -> None:
        """End the step: its line is on disk, and the loggers have sent what they have."""
        if self._line:
            self._file.write(json.dumps({"step": step, **self._line}, allow_nan=False) + "\n")
            self._file.flush()
            self._line = {}
        self.loggers.flush(step)

    def sync(self) -> None:
        """Before a checkpoint: what it presumes recorded must outlast a power cut as it does."""
        os.fsync(self._file.fileno())

    def close(self, status: str = "completed") -> None:
        """Close the file; the loggers hear how the training call ended."""
        self.loggers.end(self.run, status)
        self._file.close()


def read_scalars(folder: str | Path) -> list[dict[str, Any]]:
    """The lines of scalars.jsonl in order of their steps; a last line cut short by a kill is left out."""
    lines: list[dict[str, Any]] = []
    path = Path(folder) / SCALARS
    if path.is_file():
        for text in path.read_text(encoding="utf-8").splitlines():
            try:
                lines.append(json.loads(text))
            except ValueError:
                break
    return lines


def cut_scalars(path: Path, step: int) -> None:
    """Keep the lines up to this step, each whole."""
    if path.is_file():
        kept = [line for line in read_scalars(path.parent) if line["step"] <= step]
        write_atomic(path, "".join(json.dumps(line) + "\n" for line in kept))

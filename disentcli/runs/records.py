"""What is recorded on the way: scalars.jsonl, one line a step, and tensorboard's events."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..atomic import write_atomic
from .events import cut_events

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.tensorboard import SummaryWriter

SCALARS = "scalars.jsonl"


class Records:
    """The writer of one run's records; continues after `step`, without what was recorded later."""

    def __init__(self, folder: str | Path, step: int = 0) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        cut_scalars(self.folder / SCALARS, step)
        cut_events(self.folder, step)
        self._line: dict[str, float | None] = {}
        self._file = open(self.folder / SCALARS, "a", encoding="utf-8")  # noqa: SIM115 - open as long as the run
        self._board: SummaryWriter | None = None

    @property
    def board(self) -> SummaryWriter:
        """Tensorboard's writer, made when it is first needed: its import is slow."""
        if self._board is None:
            from torch.utils.tensorboard import SummaryWriter

            self._board = SummaryWriter(log_dir=str(self.folder))
        return self._board

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Record these values, `{"train/kl": 1.2}`, as of this step."""
        for tag, value in values.items():
            self._line[tag] = value if math.isfinite(value) else None
            self.board.add_scalar(tag, value, step)

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Show an image (C, H, W) in [0, 1] on the board."""
        self.board.add_image(tag, image.clamp(0, 1).cpu(), step)

    def flush(self, step: int) -> None:
        """End the step: its line is on disk, and so are the board's events."""
        if self._line:
            self._file.write(json.dumps({"step": step, **self._line}, allow_nan=False) + "\n")
            self._file.flush()
            self._line = {}
        if self._board is not None:
            self._board.flush()

    def sync(self) -> None:
        """Before a checkpoint: what it presumes recorded must outlast a power cut as it does."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close both files."""
        self._file.close()
        if self._board is not None:
            self._board.close()


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

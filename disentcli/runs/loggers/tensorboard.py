"""Tensorboard: scalars, pictures and the HPARAMS tab, as event files in the run's records/."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...registry import logger
from ..run import Run
from .logger import Logger

if TYPE_CHECKING:
    from torch import Tensor
    from torch.utils.tensorboard import SummaryWriter


@logger("tensorboard")
class TensorBoard(Logger):
    """Event files that `fig board` shows."""

    def __init__(self) -> None:
        self._folder = Path()
        self._writer: SummaryWriter | None = None

    def on_start(self, run: Run, step: int) -> None:
        """Show the run in the HPARAMS tab at once."""
        self._folder = run.records
        _write_hparams(run, "running")

    @property
    def _board(self) -> SummaryWriter:
        """Made when it is first require_package: its import is slow."""
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(log_dir=str(self._folder))
        return self._writer

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Add a point to the curve of each tag."""
        for tag, value in values.items():
            self._board.add_scalar(tag, value, step)

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Add a picture under its tag."""
        self._board.add_image(tag, image.clamp(0, 1).cpu(), step)

    def flush(self, step: int) -> None:
        """Put the events on disk."""
        if self._writer is not None:
            self._writer.flush()

    def on_end(self, run: Run, status: str) -> None:
        """Close the file, and write status and scores as they are now."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        _write_hparams(run, status)

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """Write all scores of the run, these among them."""
        _write_hparams(run, run.status())


def _write_hparams(run: Run, status: str) -> None:
    from .hparams import write_hparams  # only where something is written: its imports are slow

    write_hparams(run, status)

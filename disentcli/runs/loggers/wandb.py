"""Weights & Biases: a run there for each run here, offline unless told otherwise."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...registry import logger
from ..run import Run
from .logger import Logger, known_as, needed, note

if TYPE_CHECKING:
    from torch import Tensor


@logger("wandb")
class WandB(Logger):
    """Scalars, pictures and the config; scores and the status in the summary.

    mode: online, offline or disabled; without it $WANDB_MODE, else offline: `wandb sync
    records/wandb/…` sends it later. A run that is resumed goes on under its own id.
    """

    def __init__(self, *, project: str = "disentcli", mode: str | None = None) -> None:
        self._wandb = needed("wandb")
        self._project = os.environ.get("WANDB_PROJECT", project)
        self._mode = mode or os.environ.get("WANDB_MODE", "offline")
        self._run: Any = None
        self._waiting: dict[str, Any] = {}

    def begin(self, run: Run, step: int) -> None:
        """Start a run there, or go on with the one that was started before."""
        if not known_as(run, "wandb"):
            note(run, "wandb", {"run": secrets.token_hex(4)})
        self._run = self._open(run)
        self._waiting = {}

    def _open(self, run: Run) -> Any:
        run.records.mkdir(exist_ok=True)
        settings = self._wandb.Settings(silent=True, console="off", disable_git=True, disable_code=True)
        return self._wandb.init(
            project=self._project,
            name=run.name,
            id=known_as(run, "wandb")["run"],
            dir=str(run.records),
            mode=self._mode,
            resume="allow",
            reinit="create_new",
            config=run.config(),
            settings=settings,
        )

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Kept until the step is over."""
        self._waiting.update(values)

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Kept until the step is over."""
        self._waiting[tag] = self._wandb.Image(image.clamp(0, 1).cpu().permute(1, 2, 0).numpy())

    def flush(self, step: int) -> None:
        """Send what is waiting."""
        if self._waiting:
            self._run.log(self._waiting, step=step)
            self._waiting = {}

    def end(self, run: Run, status: str) -> None:
        """Finished, or failed; the summary has the word."""
        self._run.summary["status"] = status
        self._run.finish(exit_code=_exit_code(status))

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """Entries "<ident>/<score>" of the summary, if there is a run there."""
        if known_as(run, "wandb"):
            opened = self._open(run)
            opened.summary.update({f"{ident}/{name}": value for name, value in scores.items()})
            opened.finish(exit_code=_exit_code(run.status()))


def _exit_code(status: str) -> int:
    """What the site takes for finished, or for failed."""
    return 0 if status == "completed" else 1

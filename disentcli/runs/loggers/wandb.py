"""Weights & Biases: each run is also one of theirs, offline unless asked otherwise."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...registry import logger
from ..run import Run
from .logger import Logger, load_remote_id, require_package, save_remote_id

if TYPE_CHECKING:
    from torch import Tensor


@logger("wandb")
class WandB(Logger):
    """Scalars, pictures and the config; scores and the status in the summary.

    A run that is resumed continues under its own id.

    Args:
        project: the project that runs belong to, unless $WANDB_PROJECT names one.
        mode: online, offline or disabled; without it $WANDB_MODE, else offline: `wandb sync
            records/wandb/…` sends it later.
    """

    def __init__(self, *, project: str = "disentcli", mode: str | None = None) -> None:
        self._wandb = require_package("wandb")
        self._project = os.environ.get("WANDB_PROJECT", project)
        self._mode = mode or os.environ.get("WANDB_MODE", "offline")
        self._run: Any = None
        self._waiting: dict[str, Any] = {}

    def on_start(self, run: Run, step: int) -> None:
        """Start a W&B run, or continue the one that was started before."""
        if not load_remote_id(run, "wandb"):
            save_remote_id(run, "wandb", {"run": secrets.token_hex(4)})
        self._run = self._open(run)
        self._waiting = {}

    def _open(self, run: Run) -> Any:
        run.records.mkdir(exist_ok=True)
        settings = self._wandb.Settings(silent=True, console="off", disable_git=True, disable_code=True)
        return self._wandb.init(
            project=self._project,
            name=run.name,
            id=load_remote_id(run, "wandb")["run"],
            dir=str(run.records),
            mode=self._mode,
            resume="allow",
            reinit="create_new",
            config=run.config(),
            settings=settings,
        )

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """Keep them until the step is flushed."""
        self._waiting.update(values)

    def image(self, step: int, tag: str, image: Tensor) -> None:
        """Keep them until the step is flushed."""
        self._waiting[tag] = self._wandb.Image(image.clamp(0, 1).cpu().permute(1, 2, 0).numpy())

    def flush(self, step: int) -> None:
        """Send what is waiting."""
        if self._waiting:
            self._run.log(self._waiting, step=step)
            self._waiting = {}

    def on_end(self, run: Run, status: str) -> None:
        """Finish the W&B run; its summary holds the status."""
        self._run.summary["status"] = status
        self._run.finish(exit_code=_exit_code(status))

    def results(self, run: Run, ident: str, step: int, scores: Mapping[str, float]) -> None:
        """Entries "<ident>/<score>" of the summary, if there is a W&B run."""
        if load_remote_id(run, "wandb"):
            opened = self._open(run)
            opened.summary.update({f"{ident}/{name}": value for name, value in scores.items()})
            opened.finish(exit_code=_exit_code(run.status()))


def _exit_code(status: str) -> int:
    """0 for a run that is finished, 1 for one that failed."""
    return 0 if status == "completed" else 1

"""Saves a run while it is trained: its checkpoints, its status in run.json, and the error that ends it."""

from __future__ import annotations

import contextlib
import time
import traceback
from collections.abc import Callable, Iterator

from ..atomic_io import NO_ROOM
from ..errors import DisentError
from ..runs import checkpoint
from ..runs.run import Run
from .loss_log import NotFinite
from .options import TrainOptions
from .state import TrainingState

Prepare = Callable[[], None]


class CheckpointManager:
    """Writes the checkpoints of one training call."""

    def __init__(self, run: Run, state: TrainingState, options: TrainOptions, prepare: Prepare) -> None:
        self.run = run
        self._prepare = prepare
        self._prepared_step: int | None = None
        self.state = state
        self.options = options
        self.started = self.saved_at = time.monotonic()
        self.saved_step = state.step
        self.common_step: int | None = None
        self.seconds_before = float(run.info().get("wall_seconds", 0.0))

    def is_best(self, value: float | None) -> bool:
        """Whether this is the least value so far, which is remembered; False for None.

        It is the validation loss, or what early stopping monitors.
        """
        early = self.options.early_stopping
        if value is None or not value < self.state.best_loss - (early.min_delta if early else 0.0):
            return False
        self.state.best_step, self.state.best_loss = self.state.step, value
        return True

    def is_due(self) -> bool:
        """Whether `checkpoint.minutes` have passed since the last checkpoint."""
        minutes = self.options.checkpoint_minutes
        return minutes is not None and time.monotonic() - self.saved_at >= 60 * minutes

    def prepare(self) -> None:
        """Bring into the model what it must know of the data at this step, once."""
        if self.state.step != self._prepared_step:
            self._prepare()
            self._prepared_step = self.state.step

    def save(self, validation_loss: float | None = None) -> None:
        """Write a checkpoint of this step unless there is one, update run.json, delete old checkpoints."""
        state = self.state
        if state.step == self.saved_step:
            return
        self.prepare()
        checkpoint.save(self.run, state.step, state.state_dict(validation_loss))
        self.update_status()
        self.prune()
        self.saved_step, self.saved_at = state.step, time.monotonic()

    def keep_common_step(self, common_step: int) -> None:
        """Keep the checkpoint of this step, from which all runs of an ensemble can go on."""
        if common_step != self.common_step:
            self.common_step = common_step
            self.prune()

    def prune(self) -> None:
        """Delete all checkpoints but the newest, the best and the common one, and what killed calls left."""
        always = (self.state.best_step, self.common_step)
        checkpoint.prune(self.run, self.options.checkpoint_keep, always)

    def update_status(self, status: str = "running", **more: str | None) -> None:
        """Write status, step, best step and seconds of training into run.json."""
        self.run.update(
            status=status,
            step=self.state.step if status != "failed" else self.saved_step,
            best_step=self.state.best_step,
            wall_seconds=round(self.seconds_before + time.monotonic() - self.started, 3),
            **more,
        )


@contextlib.contextmanager
def checkpointed_run(
    run: Run, state: TrainingState, options: TrainOptions, prepare: Prepare
) -> Iterator[CheckpointManager]:
    """Lock the run and mark it as `running`; an error leaves it `failed`, with the traceback in error.txt.

    `prepare` is called before each checkpoint, to bring into the model what it must know of the data.
    """
    with run.lock:
        if state.best_step not in checkpoint.steps(run):
            state.best_step, state.best_loss = None, float("inf")
        checkpoint.delete_after(run, state.step)
        (run.path / "error.txt").unlink(missing_ok=True)
        manager = CheckpointManager(run, state, options, prepare)
        manager.update_status(stopped_by=None)
        manager.prune()  # a kill may have come before
        try:
            yield manager
        except Exception as error:
            shown = _with_hint(error, run)
            with contextlib.suppress(DisentError):  # a full disk must not hide what went wrong
                shown.error_file = run.write_error(traceback.format_exc())  # type: ignore[attr-defined]
                manager.update_status("failed")
            raise shown from (error if shown is not error else error.__cause__)


def _with_hint(error: Exception, run: Run) -> Exception:
    """The error with what to do about it, where that is known."""
    if isinstance(error, NotFinite):
        return DisentError(f"{error}\n{_hint(run)}")
    if not run.path.exists():
        return DisentError(
            f"{run.path} was moved or removed while it was trained; start it again, or move it back"
        )
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return DisentError(
            f"cannot write {run.path}: {error.strerror}; make room, then: fig train --resume {run.name}"
        )
    return error


def _hint(run: Run) -> str:
    """From which checkpoint to go on after a loss that was not finite, and how."""
    step = checkpoint.find_step(run, "last")
    return (
        f"the last good checkpoint is {run.path / checkpoint.file_name(step)}; go on from it with a smaller "
        f"learning rate or clipped gradients:\nfig train --resume {run.name} --model.optim.lr 1e-4"
    )

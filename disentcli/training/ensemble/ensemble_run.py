"""One of many runs that are trained at once, and what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from ...data.dataset import Dataset
from ...data.splits.splits import Splits
from ...errors import DisentError
from ...runs.run import Run
from ..callbacks import open_callbacks
from ..loss_log import NotFinite
from ..options import TrainOptions
from ..signals import TrainResult
from ..state import TrainingState

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EnsembleRun:
    """A run with its own model, data and splits, as `train` takes them for one."""

    run: Run
    state: TrainingState
    dataset: Dataset
    splits: Splits
    options: TrainOptions


class ActiveRun:
    """A member whose run is locked, `running` and recorded until `contexts` are closed, or it fails alone."""

    def __init__(self, member: EnsembleRun, contexts: ExitStack) -> None:
        self.member = member
        self.outcome: TrainResult | None = None
        self._contexts = contexts
        self.callbacks = contexts.enter_context(
            open_callbacks(member.run, member.state, member.dataset, member.splits, member.options)
        )

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.outcome is not None and self.outcome.status == "failed"

    def on_step_end(self, *, save: bool = False) -> None:
        """What is to be done after this step, a checkpoint in any case if `save`."""
        self._attempt(lambda: self.callbacks.on_step_end(save=save))

    def finish(self, outcome: TrainResult) -> None:
        """Leave a run that can be continued."""
        self._attempt(lambda: self.callbacks.finish(outcome))
        self.outcome = self.outcome or outcome

    def fail(self, error: NotFinite) -> None:
        """The run is failed as if it had been trained alone, and it is told."""
        run = self.member.run
        try:
            self._contexts.__exit__(type(error), error, error.__traceback__)
        except DisentError as shown:
            _log.warning("%s failed: %s", run.name, shown)
        self.outcome = TrainResult("failed", int(run.info()["step"]))

    def _attempt(self, act: Callable[[], None]) -> None:
        """Act, unless the run has failed before; what is not finite fails it now."""
        if self.outcome is None:
            try:
                act()
            except NotFinite as error:
                self.fail(error)

"""One run of an ensemble, what becomes of it while it is trained, and the batches of all of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import torch
from torch import Tensor

from ...data.batch_sampler import SeededBatchSampler
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
    """A run that is locked, `running` and recorded until `contexts` are closed or it fails alone."""

    def __init__(self, ensemble_run: EnsembleRun, contexts: ExitStack) -> None:
        self.run, self.state, self.options = ensemble_run.run, ensemble_run.state, ensemble_run.options
        self.ensemble_run = ensemble_run
        self.result: TrainResult | None = None
        self._contexts = contexts
        self.callbacks = contexts.enter_context(
            open_callbacks(self.run, self.state, ensemble_run.dataset, ensemble_run.splits, self.options)
        )

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.result is not None and self.result.status == "failed"

    def on_step_end(self, *, save: bool = False) -> None:
        """Do what is due after this step; with `save` a checkpoint is written in any case."""
        self._unless_failed(lambda: self.callbacks.on_step_end(save=save))

    def finish(self, result: TrainResult) -> None:
        """Leave a run that can be continued."""
        self._unless_failed(lambda: self.callbacks.finish(result))
        self.result = self.result or result

    def fail(self, error: NotFinite) -> None:
        """Mark the run as failed, as if it had been trained alone, with a warning."""
        try:
            self._contexts.__exit__(type(error), error, error.__traceback__)
        except DisentError as shown:
            _log.warning("%s failed: %s", self.run.name, shown)
        self.result = TrainResult("failed", int(self.run.info()["step"]))

    def _unless_failed(self, action: Callable[[], None]) -> None:
        """Do this unless the run has failed before; a number that is not finite fails it now."""
        if self.result is None:
            try:
                action()
            except NotFinite as error:
                self.fail(error)


class StackedBatches:
    """The batch of every run, as it would get it alone: one gather where all share their data, else R."""

    def __init__(self, runs: Sequence[EnsembleRun]) -> None:
        self._samplers = [
            SeededBatchSampler(
                run.splits.train,
                run.options.batch_size,
                run.options.seed,
                weights=run.splits.weights,
                device=run.dataset.index_device,
            )
            for run in runs
        ]
        self._datasets = [run.dataset for run in runs]
        self._shared = all(dataset is self._datasets[0] for dataset in self._datasets)

    def batch(self, step: int) -> Tensor:
        """The items (R, B, …) of this step, counted from 0."""
        indices, draw_step = [sampler.batch(step) for sampler in self._samplers], step + 1
        if self._shared:
            items = self._datasets[0].batch(torch.cat(indices), draw_step)
        else:
            pairs = zip(self._datasets, indices, strict=True)
            items = torch.cat([dataset.batch(one, draw_step) for dataset, one in pairs])
        return items.unflatten(0, (len(indices), -1))

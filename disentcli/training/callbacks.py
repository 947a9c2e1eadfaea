"""What a run is given beside its steps: records, pictures, validation, checkpoints, and its end."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

from ..data.dataset import Dataset
from ..data.splits.splits import Splits
from ..errors import DisentError
from ..methods.method import Method
from ..runs import checkpoint
from ..runs.records import Records
from ..runs.run import Run
from .checkpointing import CheckpointManager, Prepare, checkpointed_run
from .image_logging import log_images
from .options import TrainOptions
from .state import TrainingState
from .train_result import TrainResult
from .validation import prepare_sampler, validate, why_not_validated

_log = logging.getLogger(__name__)


class TrainingCallbacks:
    """Sees to one run while it trains; `open_callbacks` makes it."""

    def __init__(
        self,
        state: TrainingState,
        dataset: Dataset,
        splits: Splits,
        options: TrainOptions,
        manager: CheckpointManager,
        records: Records,
        prepare: Prepare,
    ) -> None:
        self.state, self.dataset, self.splits, self.options = state, dataset, splits, options
        self.manager, self.records, self.prepare = manager, records, prepare

    def has_work(self, step: int) -> bool:
        """Whether there is anything to do after this step."""
        options = self.options
        every = (options.records_freq, options.viz_freq, options.validation_freq, options.checkpoint_freq)
        return step == options.budget or any(is_due(step, one) for one in every) or self.manager.is_due()

    def attend(self, *, save: bool = False) -> None:
        """What is to be done after this step, in this order: records, pictures, validation, checkpoint.

        There is a checkpoint in any case if `save`.
        """
        state, options, records = self.state, self.options, self.records
        step, last = state.step, state.step == options.budget
        validation_loss = None
        if last or is_due(step, options.records_freq):
            records.scalars(step, {f"train/{term}": value for term, value in state.loss_log.mean().items()})
            records.scalars(step, state.learning_rates())
            state.loss_log.clear()
        if last or is_due(step, options.viz_freq):
            self.prepare()
            log_images(records, step, state.model, self.dataset, self.splits.val_or_train, options.seed)
        if last or is_due(step, options.validation_freq):
            losses = self.validate(step)
            scores = measure(options, state.model, self.dataset, self.splits.val)
            records.scalars(step, {f"val/{term}": value for term, value in (losses | scores).items()})
            validation_loss = losses.get("loss")
        records.flush(step)
        improved = self.manager.improved(validation_loss)
        if save or last or improved or is_due(step, options.checkpoint_freq) or self.manager.is_due():
            records.sync()
            self.manager.save(validation_loss)

    def validate(self, step: int) -> dict[str, float]:
        """The losses of the model as it is, with the weights of this step, on validation images."""
        options = self.options
        return validate(self.state.model, self.dataset, self.splits.val, options.batch_size, step)

    def measure_best_again(self) -> None:
        """Give the best checkpoint the loss that validation computes now.

        Those of former versions have one of mean codes, which cannot be compared with it.
        """
        state, run = self.state, self.manager.run
        if state.best_step is None or state.best_is_comparable:
            return
        present = {name: value.clone() for name, value in state.model.state_dict().items()}
        try:
            checkpoint.load_weights(state.model, checkpoint.load(run, state.best_step)["model"])
            loss = self.validate(state.best_step).get("loss")
        except DisentError as error:
            _log.warning("the best checkpoint cannot be compared any more: %s", error)
            loss = None
        checkpoint.load_weights(state.model, present)
        state.set_best(None if loss is None else state.best_step, loss)

    def finish(self, outcome: TrainResult) -> None:
        """Leave a run that can be continued from where it is."""
        self.manager.save()
        self.manager.note(outcome.status, stopped_by=outcome.stopped_by)
        self.records.close(outcome.status)


@contextmanager
def open_callbacks(
    run: Run, state: TrainingState, dataset: Dataset, splits: Splits, options: TrainOptions
) -> Iterator[TrainingCallbacks]:
    """The run is locked and `running`, its records are open; an error leaves it `failed`.

    Raises:
        DisentError: the disk is full, or another process writes the run.
    """
    prepare = partial(prepare_sampler, state.model, dataset, splits.train, options.batch_size)
    with (
        checkpointed_run(run, state, options, prepare) as manager,
        Records(run, state.step, options.loggers) as records,
    ):
        callbacks = TrainingCallbacks(state, dataset, splits, options, manager, records, prepare)
        reason = why_not_validated(state.model, splits.val)
        if reason:
            _log.warning("%s: %s", run.name, reason)
        callbacks.measure_best_again()
        yield callbacks


def measure(options: TrainOptions, model: Method, dataset: Dataset, indices: np.ndarray) -> dict[str, float]:
    """The metrics that a validation computes; none unless they are asked for."""
    if options.validation_metrics is None:
        return {}
    return options.validation_metrics.measure(model, dataset, indices, options.batch_size)


def is_due(step: int, frequency: int) -> bool:
    """Whether this step is one of every `frequency`; never, for 0."""
    return frequency > 0 and step % frequency == 0

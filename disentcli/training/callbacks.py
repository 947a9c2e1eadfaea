"""What is done for a run between its steps: records, images, validation, checkpoints, and its end."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from ..data.dataset import Dataset
from ..data.splits.splits import Splits
from ..errors import CallError, DisentError
from ..runs import checkpoint
from ..runs.records import Records
from ..runs.run import Run
from .checkpointing import CheckpointManager, checkpointed_run
from .early_stopping import LOSS
from .image_logging import log_images
from .options import TrainOptions
from .signals import TrainResult
from .state import TrainingState
from .validation import prepare_sampler, validate, why_not_validated

_log = logging.getLogger(__name__)


class TrainingCallbacks:
    """The callbacks of one run while it is trained; `open_callbacks` makes them."""

    def __init__(
        self,
        state: TrainingState,
        dataset: Dataset,
        splits: Splits,
        options: TrainOptions,
        manager: CheckpointManager,
        records: Records,
    ) -> None:
        self.state, self.dataset, self.splits, self.options = state, dataset, splits, options
        self.manager, self.records = manager, records
        self.recorded_at, self.recorded_step = time.monotonic(), state.step

    def has_work(self, step: int) -> bool:
        """Whether `on_step_end` has anything to do after this step."""
        options = self.options
        every = (options.records_freq, options.viz_freq, options.validation_freq, options.checkpoint_freq)
        return step == options.budget or any(is_due(step, freq) for freq in every) or self.is_due_by_time()

    def is_due_by_time(self) -> bool:
        """Whether so many minutes have passed that a checkpoint or a record is due, whatever the step."""
        return self.manager.is_due() or self._is_record_due()

    def _is_record_due(self) -> bool:
        """Whether `records.minutes` have passed since the last record."""
        minutes = self.options.records_minutes
        if minutes is None or not self.options.records_freq:
            return False
        return time.monotonic() - self.recorded_at >= 60 * minutes

    def on_step_end(self, *, save: bool = False) -> None:
        """Do what is due after this step, in this order: records, images, validation, checkpoint.

        With `save` a checkpoint is written in any case.
        """
        options, step = self.options, self.state.step
        is_last = step == options.budget
        records = is_last or is_due(step, options.records_freq)
        images = is_last or is_due(step, options.viz_freq)
        validation = is_last or is_due(step, options.validation_freq)
        by_time = not records and self._is_record_due()
        if records or by_time:
            self._record_losses(ends_interval=records)
        if images:
            self._log_images()
        found = self._record_validation() if validation else {}
        if records or by_time or images or validation:
            self.records.flush(step)
            self.recorded_step = step
        is_best = self.manager.is_best(self._monitored(found))
        if save or is_last or is_best or is_due(step, options.checkpoint_freq) or self.manager.is_due():
            self.records.fsync()
            self.manager.save(found.get("loss"))

    def has_converged(self) -> bool:
        """Whether early stopping ends the training here."""
        early, state, freq = self.options.early_stopping, self.state, self.options.validation_freq
        return early is not None and early.is_over(state.step, state.best_step, freq)

    def _monitored(self, found: Mapping[str, float]) -> float | None:
        """The value of a validation whose least is the best; None where there is none."""
        early = self.options.early_stopping
        return early.value(found) if early and found else found.get("loss")

    def _record_losses(self, *, ends_interval: bool) -> None:
        """The mean losses since the last record, and the learning rates.

        A record that only the time calls for ends no interval: those of `records.freq` are the same without.
        """
        state = self.state
        self.recorded_at = time.monotonic()
        losses = {f"train/{term}": value for term, value in state.loss_log.mean().items()}
        self.records.scalars(state.step, losses)
        self.records.scalars(state.step, state.learning_rates())
        if ends_interval:
            state.loss_log.clear()

    def _log_images(self) -> None:
        self.manager.prepare()
        state, shown = self.state, self.splits.val_or_train
        log_images(self.records, state.step, state.model, self.dataset, shown, self.options.seed)

    def _record_validation(self) -> dict[str, float]:
        """Record losses and metrics on validation images; returns all of them."""
        found = validation_terms(self.state, self.dataset, self.splits, self.options)
        self.records.scalars(self.state.step, {f"val/{term}": value for term, value in found.items()})
        return found

    def validate(self, step: int) -> dict[str, float]:
        """The losses on validation images of the model as it is, with the loss weights of this step."""
        return validate(self.state.model, self.dataset, self.splits.val, self.options.batch_size, step)

    def measure_best_again(self) -> None:
        """Give the best checkpoint the loss that validation computes now.

        Former versions validated with mean codes, whose loss cannot be compared with that of drawn codes.
        """
        state, run = self.state, self.manager.run
        if state.best_step is None or state.best_is_comparable or state.best_term != LOSS:
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

    def choose_best_term(self) -> None:
        """Forget the best checkpoint where it was the best by another term of the validation."""
        early = self.options.early_stopping
        term = early.monitor if early else LOSS
        if self.state.best_term != term:
            self.state.set_best(None, None)
            self.state.best_term = term

    def finish(self, result: TrainResult) -> None:
        """Record the last step, save it, and write in run.json and the records how the call ended."""
        if self.options.records_freq and self.state.step > self.recorded_step:
            self._record_losses(ends_interval=False)
            self.records.flush(self.state.step)
        self.manager.save()
        self.manager.update_status(result.status, stopped_by=result.stopped_by)
        self.records.close(result.status)


@contextmanager
def open_callbacks(
    run: Run, state: TrainingState, dataset: Dataset, splits: Splits, options: TrainOptions
) -> Iterator[TrainingCallbacks]:
    """Lock the run, mark it as `running` and open its records; an error leaves it `failed`.

    Raises:
        DisentError: the disk is full, or another process writes the run.
    """
    scheduled = is_due(state.step, options.records_freq) or is_due(state.step, options.validation_freq)
    ended_early = run.info().get("stopped_by") is not None
    prepare = partial(prepare_sampler, state.model, dataset, splits.train, options.batch_size)
    with (
        checkpointed_run(run, state, options, prepare) as manager,
        Records(run, state.step, options.loggers, drop_last=ended_early and not scheduled) as records,
    ):
        callbacks = TrainingCallbacks(state, dataset, splits, options, manager, records)
        reason = why_not_validated(state.model, splits.val)
        if reason:
            _log.warning("%s: %s", run.name, reason)
        callbacks.measure_best_again()
        callbacks.choose_best_term()
        yield callbacks


def check_early_stopping(
    state: TrainingState, dataset: Dataset, splits: Splits, options: TrainOptions
) -> None:
    """Raise CallError where a training cannot be stopped by its validations.

    Whether there is a term other than the loss is found by one validation, before anything is written.
    """
    early, model = options.early_stopping, state.model
    if early is None:
        return
    if reason := why_not_validated(model, splits.val):
        raise CallError(f"early-stopping needs a validation: {reason}")
    if state.has_stages:
        raise CallError(
            f"{model.short_name} trains in stages of so many steps: leave early-stopping out, and give each "
            "stage its budget"
        )
    if early.monitor != LOSS:
        early.check(validation_terms(state, dataset, splits, options))


def validation_terms(
    state: TrainingState, dataset: Dataset, splits: Splits, options: TrainOptions
) -> dict[str, float]:
    """Losses and metrics on validation images of the model as it is, with the loss weights of this step."""
    found = validate(state.model, dataset, splits.val, options.batch_size, state.step)
    if metrics := options.validation_metrics:
        found |= metrics.measure(state.model, dataset, splits.val, options.batch_size)
    return found


def is_due(step: int, frequency: int) -> bool:
    """Whether this step is one of every `frequency`; never, for 0."""
    return frequency > 0 and step % frequency == 0

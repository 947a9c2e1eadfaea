"""The training loop: one recipe for every method."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from ..data.dataset import Dataset
from ..data.order import BatchOrder
from ..data.splits import Splits
from ..methods.method import Method
from ..runs.records import Records
from ..runs.run import Run
from .keeping import kept
from .labels import labelled_batches
from .options import TrainOptions
from .pictures import show_pictures
from .progress import Progress
from .state import TrainingState
from .stopping import Stop, stopping
from .validation import prepare_sampler, validate


@dataclass(frozen=True)
class Outcome:
    """How a training call ended: `status` completed or interrupted, at `step`, by `signal` if by one."""

    status: str
    step: int
    signal: int | None = None

    @property
    def exit_code(self) -> int:
        """0 when done or out of time, 128 + n after signal n."""
        return 0 if self.signal is None else 128 + self.signal


def train(run: Run, state: TrainingState, dataset: Dataset, splits: Splits, options: TrainOptions) -> Outcome:
    """Train until the budget, the time limit or a signal, and leave a run that can be continued.

    What happens after a step happens in this order: records, pictures, validation, checkpoint, bar.

    Raises:
        DisentError: a loss was not finite, the disk is full, another process writes the run.
    """
    model = state.model
    order = BatchOrder(
        splits.train,
        options.batch_size,
        options.seed,
        weights=splits.weights,
        device=dataset.index_device,
    )
    labels = labelled_batches(model, dataset, splits, options)
    prepare = partial(prepare_sampler, model, dataset, splits.train, options.batch_size)
    with kept(run, state, options, prepare) as keeper, stopping(options.time_limit) as stop:
        records = Records(run.records, state.step)
        bar = Progress(state.step, options.budget, quiet=options.quiet)
        model.train()
        while state.step < options.budget and not stop.asked():
            batch = dataset.batch(order.batch(state.step), visit=state.step + 1)
            state.take_step(batch, labels.batch(state.step) if labels else None)
            bar.advance(len(batch))

            step, last = state.step, state.step == options.budget
            validation_loss = None
            if last or due(step, options.records_freq):
                records.scalars(step, {f"train/{term}": value for term, value in state.ledger.mean().items()})
                records.scalars(step, state.learning_rates())
                state.ledger.clear()
            if last or due(step, options.viz_freq):
                prepare()
                show_pictures(records, step, model, dataset, splits.val, options.seed)
            if last or due(step, options.validation_freq):
                losses = validate(model, dataset, splits.val, options.batch_size, step)
                scores = measure(options, model, dataset, splits.val)
                records.scalars(step, {f"val/{term}": value for term, value in (losses | scores).items()})
                validation_loss = losses.get("loss")
            records.flush(step)
            improved = keeper.improved(validation_loss)
            if last or improved or due(step, options.checkpoint_freq) or keeper.overdue():
                records.sync()
                keeper.save(validation_loss)
            if due(step, options.print_freq):
                bar.show(state.ledger.mean(), bar.rate())

        keeper.save()
        outcome = _outcome(state, options, stop)
        keeper.note(outcome.status, stopped_by=_why(outcome))
        bar.close()
        records.close()
    return outcome


def measure(options: TrainOptions, model: Method, dataset: Dataset, indices: np.ndarray) -> dict[str, float]:
    """The metrics that a validation computes; none unless they are asked for."""
    if options.validation_scores is None:
        return {}
    return options.validation_scores.measure(model, dataset, indices, options.batch_size)


def due(step: int, frequency: int) -> bool:
    """Whether this step is one of every `frequency`; never, for 0."""
    return frequency > 0 and step % frequency == 0


def _outcome(state: TrainingState, options: TrainOptions, stop: Stop) -> Outcome:
    if state.step >= options.budget:
        return Outcome("completed", state.step)
    return Outcome("interrupted", state.step, stop.signal)


def _why(outcome: Outcome) -> str | None:
    if outcome.status == "completed":
        return None
    return "time limit" if outcome.signal is None else f"signal {outcome.signal}"

"""The training loop: one recipe for every method."""

from __future__ import annotations

from ..data.dataset import Dataset
from ..data.order import BatchOrder
from ..data.splits import Splits
from ..runs.run import Run
from .attendance import attended, due
from .labels import labelled_batches
from .options import TrainOptions
from .outcome import Outcome
from .progress import Progress
from .state import TrainingState
from .stopping import stopping


def train(run: Run, state: TrainingState, dataset: Dataset, splits: Splits, options: TrainOptions) -> Outcome:
    """Train until the budget, the time limit or a signal, and leave a run that can be continued.

    Raises:
        DisentError: a loss was not finite, the disk is full, another process writes the run.
    """
    order = BatchOrder(
        splits.train,
        options.batch_size,
        options.seed,
        weights=splits.weights,
        device=dataset.index_device,
    )
    labels = labelled_batches(state.model, dataset, splits, options)
    with (
        stopping(options.time_limit) as stop,
        attended(run, state, dataset, splits, options) as attendant,
    ):
        bar = Progress(state.step, options.budget, quiet=options.quiet)
        state.model.train()
        while state.step < options.budget and not stop.asked():
            batch = dataset.batch(order.batch(state.step), visit=state.step + 1)
            state.take_step(batch, labels.batch(state.step) if labels else None)
            bar.advance(len(batch))
            attendant.attend()
            if due(state.step, options.print_freq):
                bar.show(state.ledger.mean(), bar.rate())

        outcome = Outcome.at(state.step, options.budget, stop)
        attendant.finish(outcome)
        bar.close()
    return outcome

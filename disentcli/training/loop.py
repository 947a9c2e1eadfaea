"""The training loop: one recipe for every method."""

from __future__ import annotations

from ..data.batch_sampler import SeededBatchSampler
from ..data.dataset import Dataset
from ..data.labelled_items import item_reader
from ..data.splits.splits import Splits
from ..runs.run import Run
from .callbacks import is_due, open_callbacks
from .labelled_batches import fit_labels, labelled_batches
from .options import TrainOptions
from .progress import Progress
from .signals import TrainResult, handle_signals
from .state import TrainingState


def train(
    run: Run, state: TrainingState, dataset: Dataset, splits: Splits, options: TrainOptions
) -> TrainResult:
    """Train until the budget, the time limit or a signal, and leave a run that can be continued.

    Raises:
        DisentError: a loss was not finite, the disk is full, another process writes the run.
    """
    sampler = SeededBatchSampler(
        splits.train,
        options.batch_size,
        options.seed,
        weights=splits.weights,
        device=dataset.index_device,
    )
    read_items = item_reader(dataset, with_factors=state.model.reads_labels)
    labels = labelled_batches(state.model, dataset, splits, options)
    with (
        handle_signals(options.time_limit) as stop,
        open_callbacks(run, state, dataset, splits, options) as callbacks,
    ):
        bar = Progress(state.step, options.budget, quiet=options.quiet)
        state.model.train()
        while state.step < options.budget and not stop.requested() and not callbacks.has_converged():
            for step in range(state.step, options.next_due_step(state.step)):
                if state.model.is_fitting_step(step):
                    fit_labels(state.model, dataset, splits, options.batch_size)
                batch = read_items(sampler.batch(step), step + 1)
                state.step_batch(batch, labels.batch(step) if labels else None)
                bar.advance(len(batch))
                if stop.requested() or callbacks.is_due_by_time():
                    break
            callbacks.on_step_end()
            if is_due(state.step, options.print_freq):
                bar.show(state.loss_log.mean(), bar.rate())

        result = TrainResult.at(state.step, options.budget, stop, converged=callbacks.has_converged())
        callbacks.finish(result)
        bar.close()
    return result

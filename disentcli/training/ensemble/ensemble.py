"""Training an ensemble: runs of one architecture that take every step as one, each in its own folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ..callbacks import is_due
from ..progress import Progress
from ..signals import StopRequest, TrainResult, handle_signals
from .ensemble_run import ActiveRun, EnsembleRun, StackedBatches
from .ensemble_state import EnsembleState


def train_ensemble(runs: Sequence[EnsembleRun]) -> list[TrainResult]:
    """Train runs of one architecture until the budget, the time limit or a signal: `train`, for all in one.

    Their options differ in nothing but the seed. Each run is left as if it had been trained alone.

    Raises:
        CallError: the runs cannot be trained as one.
        DisentError: the disk is full, or another process writes one of the runs.
    """
    options = runs[0].options
    with handle_signals(options.time_limit) as stop, open_ensemble(runs) as ensemble:
        bar = Progress(ensemble.step, options.budget, quiet=options.quiet)
        while ensemble.active and ensemble.step < options.budget and not stop.requested():
            bar.advance(ensemble.step_batch())
            if ensemble.has_work():
                ensemble.on_step_end()
            if ensemble.active and is_due(ensemble.step, options.print_freq):
                bar.show(ensemble.mean_losses(), bar.rate())

        results = ensemble.finish(stop)
        bar.close()
    return results


class EnsembleTrainer:
    """Takes the steps of all active runs; `open_ensemble` makes it.

    A run whose losses or weights stop being finite is marked as failed and left out; the others go on.
    """

    def __init__(self, runs: Sequence[ActiveRun]) -> None:
        self._runs = list(runs)
        self._restack()
        self._keep_common_step()

    def _restack(self) -> None:
        """Stack the runs that have not ended."""
        self.active = [run for run in self._runs if run.result is None]
        if not self.active:
            return
        for run in self.active:
            run.state.model.train()
        self._batches = StackedBatches([run.ensemble_run for run in self.active])
        self._state = EnsembleState([run.state for run in self.active])

    @property
    def step(self) -> int:
        """The step of all active runs."""
        return self._state.step

    def step_batch(self) -> int:
        """Take one more step of each; returns the number of images."""
        batches = self._batches.batch(self.step)
        self._state.step_batch(batches)
        return batches.shape[0] * batches.shape[1]

    def has_work(self) -> bool:
        """Whether `on_step_end` has anything to do after this step."""
        return bool(self._state.failures) or self.active[-1].callbacks.has_work(self.step)

    def on_step_end(self) -> None:
        """Do what is due after this step, for each run; a checkpoint after minutes is one of all."""
        self._unstack_to_runs()
        save = self.active[-1].callbacks.manager.is_due() if self.active else False
        for run in self.active:
            run.on_step_end(save=save)
        self._keep_common_step()
        if any(run.result for run in self.active):
            self._restack()

    def _keep_common_step(self) -> None:
        """Keep a step that all runs have saved until all have the next: after a kill, all go on from it."""
        managers = [run.callbacks.manager for run in self._runs if not run.failed]
        saved = {manager.saved_step for manager in managers}
        if len(saved) == 1:
            for manager in managers:
                manager.keep_common_step(*saved)

    def _unstack_to_runs(self) -> None:
        """Bring each run's own state to this step, and mark those that have failed."""
        self._state.unstack_to_runs()
        for place, failure in self._state.failures.items():
            self.active[place].fail(failure)

    def mean_losses(self) -> dict[str, float]:
        """The mean over the runs of each loss since the last record."""
        self._state.read_losses()
        failed = self._state.failures
        found = [run.state.loss_log.mean() for place, run in enumerate(self.active) if place not in failed]
        return {term: sum(one[term] for one in found) / len(found) for term in (found[0] if found else ())}

    def finish(self, stop: StopRequest) -> list[TrainResult]:
        """Leave runs that can be continued, and return how each of them ended."""
        if self.active:
            self._unstack_to_runs()
        for run in self.active:
            run.finish(TrainResult.at(self.step, run.options.budget, stop))
        self._keep_common_step()
        return [run.result for run in self._runs if run.result is not None]


@contextmanager
def open_ensemble(runs: Sequence[EnsembleRun]) -> Iterator[EnsembleTrainer]:
    """Lock all runs and mark them as `running`; an error leaves the active ones `failed`."""
    with ExitStack() as all_contexts:
        yield EnsembleTrainer([ActiveRun(run, all_contexts.enter_context(ExitStack())) for run in runs])

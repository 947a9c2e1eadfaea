"""Runs that take every step together, each with a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ..signals import StopRequest, TrainResult
from .ensemble_run import ActiveRun, EnsembleRun
from .ensemble_state import EnsembleState
from .stacked_batches import StackedBatches


class EnsembleTrainer:
    """Steps all runs that are at work; `open_ensemble` makes it.

    A run whose losses or weights stop being finite leaves, marked as failed; the others go on.
    """

    def __init__(self, members: Sequence[ActiveRun]) -> None:
        self._members = list(members)
        self._gather()
        self._hold_common_step()

    def _gather(self) -> None:
        """Stack those that have not failed."""
        self.active = [one for one in self._members if one.outcome is None]
        if not self.active:
            return
        members = [one.member for one in self.active]
        for member in members:
            member.state.model.train()
        self._batches = StackedBatches(members)
        self._states = EnsembleState([member.state for member in members])

    @property
    def step(self) -> int:
        """Where all of them are."""
        return self._states.step

    def step_batch(self) -> int:
        """One more step of each; gives the number of images."""
        batches = self._batches.batch(self.step)
        self._states.step_batch(batches)
        return batches.shape[0] * batches.shape[1]

    def has_work(self) -> bool:
        """Whether there is anything to do after this step."""
        return bool(self._states.failures) or self.active[-1].callbacks.has_work(self.step)

    def on_step_end(self) -> None:
        """What is to be done after this step, for each run; a checkpoint after minutes is of all."""
        self._share_out()
        is_due = self.active[-1].callbacks.manager.is_due() if self.active else False
        for one in self.active:
            one.on_step_end(save=is_due)
        self._hold_common_step()
        if any(one.outcome for one in self.active):
            self._gather()

    def _hold_common_step(self) -> None:
        """Where all have come to a checkpoint, each keeps it until all have the next: killed, they go on."""
        keepers = [one.callbacks.manager for one in self._members if not one.failed]
        saved = {manager.saved_step for manager in keepers}
        if len(saved) == 1:
            for manager in keepers:
                manager.keep_common_step(*saved)

    def _share_out(self) -> None:
        """Bring each run's own state to this step; who has failed is told so."""
        self._states.unstack_to_runs()
        for place, failure in self._states.failures.items():
            self.active[place].fail(failure)

    def mean_losses(self) -> dict[str, float]:
        """The mean over the runs of each loss since the last record."""
        self._states.read_losses()
        failed = self._states.failures
        found = [one.member.state.loss_log.mean() for at, one in enumerate(self.active) if at not in failed]
        return {term: sum(one[term] for one in found) / len(found) for term in (found[0] if found else ())}

    def finish(self, stop: StopRequest) -> list[TrainResult]:
        """Leave runs that can be continued, and say how each of them ended."""
        if self.active:
            self._share_out()
        for one in self.active:
            one.finish(TrainResult.at(self.step, one.member.options.budget, stop))
        self._hold_common_step()
        return [one.outcome for one in self._members if one.outcome is not None]


@contextmanager
def open_ensemble(members: Sequence[EnsembleRun]) -> Iterator[EnsembleTrainer]:
    """All runs are locked and `running`; an error leaves those that are at work `failed`."""
    with ExitStack() as all_contexts:
        yield EnsembleTrainer([ActiveRun(one, all_contexts.enter_context(ExitStack())) for one in members])

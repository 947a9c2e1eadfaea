"""Runs that take every step together, each with a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from ..outcome import Outcome
from ..stopping import Stop
from .batches import ManyBatches
from .member import Member, MemberAtWork
from .states import ManyStates


class Crowd:
    """Steps all runs that are at work; `gathered` makes it.

    A run whose losses or weights stop being finite leaves, marked as failed; the others go on.
    """

    def __init__(self, members: Sequence[MemberAtWork]) -> None:
        self._members = list(members)
        self._gather()
        self._hold_common_step()

    def _gather(self) -> None:
        """Stack those that have not failed."""
        self.at_work = [one for one in self._members if one.outcome is None]
        if not self.at_work:
            return
        members = [one.member for one in self.at_work]
        for member in members:
            member.state.model.train()
        self._batches = ManyBatches(members)
        self._states = ManyStates([member.state for member in members])

    @property
    def step(self) -> int:
        """Where all of them are."""
        return self._states.step

    def take_step(self) -> int:
        """One more step of each; gives the number of images."""
        batches = self._batches.batch(self.step)
        self._states.take_step(batches)
        return batches.shape[0] * batches.shape[1]

    def awaited(self) -> bool:
        """Whether there is anything to do after this step."""
        return bool(self._states.failures) or self.at_work[-1].attendant.awaited(self.step)

    def attend(self) -> None:
        """What is to be done after this step, for each run; a checkpoint after minutes is of all."""
        self._share_out()
        overdue = self.at_work[-1].attendant.keeper.overdue() if self.at_work else False
        for one in self.at_work:
            one.attend(save=overdue)
        self._hold_common_step()
        if any(one.outcome for one in self.at_work):
            self._gather()

    def _hold_common_step(self) -> None:
        """Where all have come to a checkpoint, each keeps it until all have the next: killed, they go on."""
        keepers = [one.attendant.keeper for one in self._members if not one.failed]
        saved = {keeper.saved_step for keeper in keepers}
        if len(saved) == 1:
            for keeper in keepers:
                keeper.hold(*saved)

    def _share_out(self) -> None:
        """Bring each run's own state to this step; who has failed is told so."""
        self._states.share_out()
        for place, failure in self._states.failures.items():
            self.at_work[place].fail(failure)

    def mean_losses(self) -> dict[str, float]:
        """The mean over the runs of each loss since the last record."""
        self._states.read_losses()
        failed = self._states.failures
        found = [one.member.state.ledger.mean() for at, one in enumerate(self.at_work) if at not in failed]
        return {term: sum(one[term] for one in found) / len(found) for term in (found[0] if found else ())}

    def finish(self, stop: Stop) -> list[Outcome]:
        """Leave runs that can be continued, and say how each of them ended."""
        if self.at_work:
            self._share_out()
        for one in self.at_work:
            one.finish(Outcome.at(self.step, one.member.options.budget, stop))
        self._hold_common_step()
        return [one.outcome for one in self._members if one.outcome is not None]


@contextmanager
def gathered(members: Sequence[Member]) -> Iterator[Crowd]:
    """All runs are locked and `running`; an error leaves those that are at work `failed`."""
    with ExitStack() as all_contexts:
        yield Crowd([MemberAtWork(one, all_contexts.enter_context(ExitStack())) for one in members])

"""The losses of many runs: one write a step on the device, one transfer when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ..ledger import Ledger, NotFinite
from ..rows import Rows


class Ledgers:
    """Rows of the losses of all runs, shared out among the runs' own ledgers."""

    def __init__(self, ledgers: Sequence[Ledger]) -> None:
        self.ledgers = list(ledgers)
        self.failures: dict[int, NotFinite] = {}  # by run, the first loss that was not finite
        self._rows = Rows({})
        self._step = 0

    def add(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Note this step's losses (R,) by term, on the device; the terms stay the same."""
        if not self._rows.terms:
            self._rows = Rows(losses)
        elif self._rows.full:
            self.read()
        self._rows.add(losses)
        self._step = step

    def read(self) -> None:
        """Wait for the device, and tell every run's ledger its own; note which are not finite."""
        rows = self._rows.fetch()
        if not len(rows):
            return
        for run, ledger in enumerate(self.ledgers):
            if run not in self.failures:
                try:
                    ledger.enter(self._step, self._rows.terms, rows[:, :, run])
                except NotFinite as failure:
                    self.failures[run] = failure

"""The losses of many runs: one write a step on the device, one transfer when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from ..loss_log import DeviceLossBuffer, LossLog, NotFinite


class StackedLossLog:
    """Rows of the losses of all runs, shared out among the runs' own ledgers."""

    def __init__(self, loss_logs: Sequence[LossLog]) -> None:
        self.loss_logs = list(loss_logs)
        self.failures: dict[int, NotFinite] = {}  # by run, the first loss that was not finite
        self._rows = DeviceLossBuffer({})
        self._step = 0

    def add(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Note this step's losses (R,) by term, on the device; the terms stay the same."""
        if not self._rows.terms:
            self._rows = DeviceLossBuffer(losses)
        elif self._rows.full:
            self.read()
        self._rows.add(losses)
        self._step = step

    def read(self) -> None:
        """Wait for the device, and tell every run's ledger its own; note which are not finite."""
        rows = self._rows.fetch()
        if not len(rows):
            return
        for run, loss_log in enumerate(self.loss_logs):
            if run not in self.failures:
                try:
                    loss_log.append_rows(self._step, self._rows.terms, rows[:, :, run])
                except NotFinite as failure:
                    self.failures[run] = failure

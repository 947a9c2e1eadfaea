"""The losses of an ensemble: the weights of their terms, and the log of every step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...device import send
from ...errors import DisentError
from ..loss_log import DeviceLossBuffer, LossLog, NotFinite


class StackedLossWeights:
    """The weights (T, R) of the terms that weigh anything for any run, sent to the device on change."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._rows: dict[str, tuple[float, ...]] = {}
        self._weights = torch.empty(0)

    def __call__(self, each: Sequence[Mapping[str, float]]) -> tuple[list[str], Tensor]:
        """The terms and their weights (T, R), from each run's weight of every term."""
        rows = {term: tuple(one[term] for one in each) for term in each[0]}
        rows = {term: row for term, row in rows.items() if any(row)}
        if rows != self._rows:
            self._send(rows)
        return list(rows), self._weights

    def _send(self, rows: dict[str, tuple[float, ...]]) -> None:
        if not rows or not all(any(column) for column in zip(*rows.values(), strict=True)):
            raise DisentError("all weights of the objective are 0 for a run: there is nothing to train")
        self._rows = rows
        self._weights = send(torch.tensor(list(rows.values())), self.device)


class StackedLossLog:
    """The losses (R,) of every step, kept on the device until they are read into each run's own log."""

    def __init__(self, loss_logs: Sequence[LossLog]) -> None:
        self.loss_logs = list(loss_logs)
        self.failures: dict[int, NotFinite] = {}  # by run, the first loss that was not finite
        self._buffer = DeviceLossBuffer({})
        self._step = 0

    def add(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Add this step's losses (R,) by term, on the device; the terms stay the same."""
        if not self._buffer.terms:
            self._buffer = DeviceLossBuffer(losses)
        elif self._buffer.full:
            self.read()
        self._buffer.add(losses)
        self._step = step

    def read(self) -> None:
        """Fetch the losses, append them to every run's log, and note the runs where one is not finite."""
        rows = self._buffer.fetch()
        if not len(rows):
            return
        for run, loss_log in enumerate(self.loss_logs):
            if run not in self.failures:
                try:
                    loss_log.append_rows(self._step, self._buffer.terms, rows[:, :, run])
                except NotFinite as failure:
                    self.failures[run] = failure

"""The losses of many runs: one write a step on the device, one transfer when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..ledger import ROWS, Ledger, NotFinite


class Ledgers:
    """One block (T, R) of losses a step, shared out among the runs' own ledgers."""

    def __init__(self, ledgers: Sequence[Ledger]) -> None:
        self.ledgers = list(ledgers)
        self.failures: dict[int, NotFinite] = {}  # by run, the first loss that was not finite
        self._terms: tuple[str, ...] = ()
        self._buffer = torch.empty(0)
        self._waiting = 0
        self._step = 0

    def add(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Note this step's losses (R,) by term, on the device."""
        if not self._terms:
            first = next(iter(losses.values()))
            self._terms = tuple(losses)
            self._buffer = torch.empty(ROWS, len(losses), len(first), device=first.device)
        elif self._waiting == len(self._buffer):
            self.read()
        with torch.no_grad():
            torch.stack(list(losses.values()), out=self._buffer[self._waiting])
        self._waiting += 1
        self._step = step

    def read(self) -> None:
        """Wait for the device, and tell every run's ledger its own; note which are not finite."""
        if not self._waiting:
            return
        rows = self._buffer[: self._waiting].cpu().double().numpy()
        for run, ledger in enumerate(self.ledgers):
            if run not in self.failures:
                try:
                    ledger.enter(self._step, self._terms, rows[:, :, run])
                except NotFinite as failure:
                    self.failures[run] = failure
        self._waiting = 0

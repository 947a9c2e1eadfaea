"""The weights of many runs' terms: on the device, and sent there only when they change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...device import send
from ...errors import DisentError


class StackedLossWeights:
    """Gives the terms that weigh anything for any run, and their weights (T, R) by run."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._rows: dict[str, tuple[float, ...]] = {}
        self._weights = torch.empty(0)

    def __call__(self, each: Sequence[Mapping[str, float]]) -> tuple[list[str], Tensor]:
        """`each` run's weight of every term."""
        rows = {term: tuple(one[term] for one in each) for term in each[0]}
        rows = {term: row for term, row in rows.items() if any(row)}
        if rows != self._rows:
            self._renew(rows)
        return list(rows), self._weights

    def _renew(self, rows: dict[str, tuple[float, ...]]) -> None:
        if not rows or not all(any(column) for column in zip(*rows.values(), strict=True)):
            raise DisentError("all weights of the objective are 0 for a run: there is nothing to train")
        self._rows = rows
        self._weights = send(torch.tensor(list(rows.values())), self.device)

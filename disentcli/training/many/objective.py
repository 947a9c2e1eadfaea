"""What many runs minimise at a step: the same terms, each run with weights of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ...errors import DisentError

Weights = Mapping[str, float]


class Objective:
    """Σ wₜ·ℓₜ of each run; the weights (T, R) go to the device only when they change."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._rows: tuple[tuple[float, ...], ...] = ()
        self._terms: list[int] = []  # those that weigh anything for any run
        self._weights = torch.empty(0)

    def totals(self, losses: Mapping[str, Tensor], weights: Sequence[Weights]) -> Tensor:
        """The total (R,) of losses (R,) by term, given every run's weights."""
        rows = tuple(tuple(one.get(term, 0.0) for one in weights) for term in losses)
        if rows != self._rows:
            self._renew(rows)
        weighing = list(losses.values())
        return (torch.stack([weighing[term] for term in self._terms]) * self._weights).sum(0)

    def _renew(self, rows: tuple[tuple[float, ...], ...]) -> None:
        if not all(any(column) for column in zip(*rows, strict=True)):
            raise DisentError("all weights of the objective are 0 for a run: there is nothing to train")
        self._rows = rows
        self._terms = [term for term, row in enumerate(rows) if any(row)]
        weights = torch.tensor([rows[term] for term in self._terms])
        if self.device.type == "cuda":  # from pinned memory the copy waits for nothing
            weights = weights.pin_memory()
        self._weights = weights.to(self.device, non_blocking=True)

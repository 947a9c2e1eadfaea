"""The losses of the last steps, on the device, until one transfer fetches them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

CAPACITY = 1024


class Rows:
    """One row a step of named losses, each a scalar or (R,) of R runs; as many as CAPACITY at a time."""

    def __init__(self, losses: Mapping[str, Tensor]) -> None:
        """Empty, for losses like these."""
        first = next(iter(losses.values()), torch.empty(()))
        self.terms = tuple(losses)
        self._rows = torch.empty(CAPACITY, len(losses), *first.shape, device=first.device)
        self._taken = 0

    @property
    def full(self) -> bool:
        return self._taken == CAPACITY

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Costs one kernel and no wait. Only while there is room."""
        with torch.no_grad():
            torch.stack(list(losses.values()), out=self._rows[self._taken])
        self._taken += 1

    def fetch(self) -> np.ndarray:
        """The rows (T, terms) or (T, terms, R) since the last fetch; waits for the device."""
        found = self._rows[: self._taken]
        self._taken = 0
        return found.cpu().double().numpy()

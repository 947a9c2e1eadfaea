"""The losses of each step, kept on the device until they are recorded, printed or saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import DisentError

CAPACITY = 1024  # steps whose losses are kept on the device


class NotFinite(DisentError):
    """A loss became infinite or undefined."""

    def __init__(self, step: int, term: str, value: float) -> None:
        super().__init__(f"at step {step:,} the loss stopped being finite: {term} is {value}")
        self.step = step


class LossLog:
    """The losses of every step since the last record; `read` fetches them in one transfer and checks them."""

    def __init__(self) -> None:
        self._rows = DeviceLossBuffer({})
        self._columns: list[dict[str, np.ndarray]] = []  # of each transfer, what it brought by term
        self._mean: dict[str, float] = {}
        self._step = 0

    def add(self, step: int, losses: Mapping[str, Tensor]) -> None:
        """Add this step's scalar losses by term: one kernel, and no wait unless the terms change."""
        if tuple(losses) != self._rows.terms:
            self.read()
            self._rows = DeviceLossBuffer(losses)
        elif self._rows.full:
            self.read()
        self._rows.add(losses)
        self._step = step

    def read(self) -> None:
        """Fetch the losses that are still on the device, which waits for it.

        Raises:
            NotFinite: a loss is not; it names the first such step and its term.
        """
        rows = self._rows.fetch()
        if len(rows):
            self.append_rows(self._step, self._rows.terms, rows)

    def append_rows(self, step: int, terms: Sequence[str], rows: np.ndarray) -> None:
        """Add losses (steps, terms) that are on the host; the last row is that of this step.

        Raises:
            NotFinite: as for `read`.
        """
        bad = np.argwhere(~np.isfinite(rows))
        if len(bad):
            row = int(bad[0, 0])
            wrong = {terms[column]: float(rows[row, column]) for at, column in bad if at == row}
            # a weighted sum is not finite because one of its terms is not: rather name the term
            term = next((term for term in wrong if term.split("/")[-1] != "loss"), next(iter(wrong)))
            raise NotFinite(step - len(rows) + 1 + row, term, wrong[term])
        self._columns.append(dict(zip(terms, rows.T, strict=True)))

    def mean(self) -> dict[str, float]:
        """Each loss averaged over the steps since `clear` that had it; as before it, when there was none."""
        self.read()
        if self._columns:
            self._mean = {term: float(values.mean()) for term, values in self._interval().items()}
        return dict(self._mean)

    def _interval(self) -> dict[str, np.ndarray]:
        """All values of each term since `clear`."""
        terms = dict.fromkeys(term for part in self._columns for term in part)
        return {
            term: np.concatenate([part[term] for part in self._columns if term in part]) for term in terms
        }

    def clear(self) -> None:
        """Begin a new interval, from which `mean` is taken."""
        self._columns = []

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds, so that an interval that is interrupted is averaged as a whole."""
        self.read()
        found = self._interval()
        rows = np.full((max(map(len, found.values()), default=0), len(found)), np.nan)
        for column, values in enumerate(found.values()):
            rows[: len(values), column] = values
        return {"terms": list(found), "rows": torch.from_numpy(rows)}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a checkpoint's `state`."""
        columns = zip(state["terms"], state["rows"].cpu().numpy().T, strict=True)
        found = {term: values[~np.isnan(values)] for term, values in columns}
        self._columns = [found] if found else []
        self._mean = {}


class DeviceLossBuffer:
    """A row of losses a step on their device, each a scalar or (R,) of R runs; CAPACITY rows at most."""

    def __init__(self, losses: Mapping[str, Tensor]) -> None:
        """An empty buffer for losses of these names and shapes."""
        first = next(iter(losses.values()), torch.empty(()))
        self.terms = tuple(losses)
        self._rows = torch.empty(CAPACITY, len(losses), *first.shape, device=first.device)
        self._each_row = self._rows.unbind()
        self._taken = 0

    @property
    def full(self) -> bool:
        """Whether the rows must be fetched before another is added."""
        return self._taken == CAPACITY

    def add(self, losses: Mapping[str, Tensor]) -> None:
        """Add a row of detached losses, in one kernel and without a wait; only while it is not full."""
        torch.stack(list(losses.values()), out=self._each_row[self._taken])
        self._taken += 1

    def fetch(self) -> np.ndarray:
        """The rows (T, terms) or (T, terms, R) since the last fetch; waits for the device."""
        found = self._rows[: self._taken]
        self._taken = 0
        return found.cpu().numpy().astype(np.float64)

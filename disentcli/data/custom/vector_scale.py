"""The scale of vectors: each number less its mean, divided by its standard deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import CallError


@dataclass(frozen=True)
class VectorScale:
    """Mean and standard deviation (D,) of vectors (N, D); the deviation is 1 where a number never changes."""

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def of(cls, rows: np.ndarray) -> VectorScale:
        """The scale of all rows (N, D), in double precision.

        >>> VectorScale.of(np.array([[0.0, 5.0], [2.0, 5.0]]))
        VectorScale(mean=(1.0, 5.0), std=(1.0, 1.0))
        """
        numbers = rows.astype(np.float64)
        deviation = numbers.std(axis=0)
        constant = (rows == rows[:1]).all(axis=0)
        return cls(tuple(numbers.mean(axis=0).tolist()), tuple(np.where(constant, 1.0, deviation).tolist()))

    @classmethod
    def given(cls, mean: Sequence[float] | None, std: Sequence[float] | None) -> VectorScale | None:
        """The scale that a run has stored, or a call gives; CallError for one without the other."""
        if not mean and not std:
            return None
        if not mean or not std or len(mean) != len(std) or min(std) <= 0:
            raise CallError(
                "--dataset.mean and --dataset.std need one number a column each, deviations above 0"
            )
        return cls(tuple(map(float, mean)), tuple(map(float, std)))

    def apply(self, rows: np.ndarray) -> np.ndarray:
        """The rows (N, D) in units of the scale, float32."""
        self._check(rows)
        return ((rows - np.array(self.mean)) / np.array(self.std)).astype(np.float32)

    def undo(self, rows: np.ndarray) -> np.ndarray:
        """Rows (N, D) in units of the scale, in their own again."""
        self._check(rows)
        return rows * np.array(self.std) + np.array(self.mean)

    def _check(self, rows: np.ndarray) -> None:
        if rows.shape[1] != len(self.mean):
            raise CallError(f"the scale is of {len(self.mean)} columns, the vectors have {rows.shape[1]}")

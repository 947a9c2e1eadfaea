"""Codes with mean 0 and standard deviation 1, safe for numbers whose squares overflow or vanish."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Scaling(NamedTuple):
    """Centre (D,) and deviation (D,) of codes; the deviation of a code that never changes is 1."""

    centre: np.ndarray
    deviation: np.ndarray

    def __call__(self, codes: np.ndarray) -> np.ndarray:
        return (codes - self.centre) / self.deviation


def scaling_of(codes: np.ndarray) -> Scaling:
    """Mean and population standard deviation of every code (N, D).

    Both are computed in units of a power of two near the largest value, which changes no digit of them.
    """
    codes = codes.astype(float)
    unit = np.exp2(np.frexp(np.abs(codes).max(axis=0))[1] - 1.0)
    deviation = (codes / unit).std(axis=0) * unit
    constant = (codes.max(axis=0) == codes.min(axis=0)) | (deviation == 0)
    centre = np.where(constant, codes[0], (codes / unit).mean(axis=0) * unit)
    return Scaling(centre, np.where(constant, 1.0, deviation))

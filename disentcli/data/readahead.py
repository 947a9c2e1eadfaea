"""Telling the kernel which rows of a mapped file come next, so that a random batch is one wave of reads."""

from __future__ import annotations

import mmap

import numpy as np
from torch import Tensor


class Readahead:
    """Asks for the rows of a batch before they are touched.

    Rows at random places make the kernel read on around each of them, ten times what is wanted, one after
    another; so that is switched off for the map, and each row is asked for by name. Rows that are in memory
    already cost a microsecond.
    """

    def __init__(self, rows: np.memmap) -> None:
        whole: mmap.mmap = rows._mmap  # type: ignore[attr-defined]
        self._map = whole
        self._start = rows.ctypes.data - np.frombuffer(whole, np.uint8).ctypes.data
        self._row_bytes = rows.nbytes // max(len(rows), 1)
        whole.madvise(mmap.MADV_RANDOM)

    @classmethod
    def of(cls, rows: np.ndarray) -> Readahead | None:
        """For rows that lie in a mapped file one after another, where the system takes advice; else None."""
        mapped = isinstance(rows, np.memmap) and isinstance(getattr(rows, "_mmap", None), mmap.mmap)
        return cls(rows) if mapped and rows.flags.c_contiguous and hasattr(mmap, "MADV_RANDOM") else None  # type: ignore[arg-type]

    def __call__(self, indices: Tensor) -> None:
        """Begin to read the rows of `indices` (B,), which are on the CPU; returns at once."""
        for index in indices.tolist():
            begin = self._start + index * self._row_bytes
            inside = begin % mmap.PAGESIZE
            self._map.madvise(mmap.MADV_WILLNEED, begin - inside, inside + self._row_bytes)

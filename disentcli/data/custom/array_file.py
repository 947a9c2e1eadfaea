"""A file of named arrays: their headers, their rows in blocks, and memory maps of uncompressed ones.

Nothing is unpickled, and nothing is read from a file other than the one that was named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path

import numpy as np

from ...errors import DisentError

BLOCK_BYTES = 1 << 25  # read at a time
PICKLED = "holds pickled Python objects, which are never loaded"
ELSEWHERE = "is a link or lies in another file, which is never followed"


@dataclass(frozen=True)
class ArrayEntry:
    """One array (N, …) of a file; `blocks` gives its rows in order, `mapped` is there if it can be mapped."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    blocks: Callable[[], Iterator[np.ndarray]]
    mapped: np.ndarray | None = None

    def read(self) -> np.ndarray:
        """All of it."""
        if 0 in self.shape:
            return np.empty(self.shape, self.dtype)
        return np.concatenate([*self.blocks()]) if self.shape else next(self.blocks())

    @property
    def described(self) -> str:
        """Type and shape, for messages."""
        return f"{self.dtype} {self.shape}"


@dataclass(frozen=True)
class ArrayFile:
    """The arrays of a file by name; `unreadable` says why others cannot be read."""

    path: Path
    entries: dict[str, ArrayEntry]
    unreadable: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.entries or name in self.unreadable

    def __getitem__(self, name: str) -> ArrayEntry:
        if name in self.unreadable:
            raise DisentError(f"{self.path}: the array {name!r} {self.unreadable[name]}")
        if name not in self.entries:
            there = ", ".join([*self.entries, *self.unreadable]) or "none"
            raise DisentError(
                f"{self.path} has no array {name!r}; it has: {there} (--dataset.key NAME names the images or "
                "vectors, --dataset.factors-key NAME the factors)"
            )
        return self.entries[name]


def rows_at_once(shape: tuple[int, ...], dtype: np.dtype) -> int:
    """How many rows make a block."""
    return max(BLOCK_BYTES // max(prod(shape[1:]) * dtype.itemsize, 1), 1)

"""Where the rows of a dataset live (disk, RAM, accelerator), and how batches are gathered from there."""

from __future__ import annotations

import mmap
import os
import warnings
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..device import move
from ..errors import DisentError
from .resources import format_bytes

Resident = Literal["ram", "device", "disk"]
PAGE_CACHE_SHARE = 1 / 8  # of RAM: a file up to that size stays in the page cache once it was read
GPU_SHARE = 1 / 3  # of an accelerator's free memory: the share that data may take without being asked


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


class RowStore:
    """N rows of equal length, mapped from a file or in RAM, given out on any device."""

    def __init__(self, stored: np.ndarray) -> None:
        self._stored = _shared_tensor(stored)
        self._rows = self._stored
        large = stored.nbytes > PAGE_CACHE_SHARE * _ram()
        self._readahead = Readahead.of(stored) if large else None
        self._origin: Resident = "disk" if isinstance(stored, np.memmap) else "ram"
        self.resident: Resident = self._origin
        self.device = torch.device("cpu")

    def __len__(self) -> int:
        return len(self._stored)

    @property
    def index_device(self) -> torch.device:
        """Where the rows are, and so where indices should be."""
        return self._rows.device

    def gather(self, indices: Tensor) -> Tensor:
        """The rows (B, length) of `indices`, on `device`; through pinned memory where they must be sent."""
        indices = move(indices, self._rows.device)
        if self.resident == "disk" and self._readahead is not None:
            self._readahead(indices)
        if self._rows.device == self.device:
            return self._rows.index_select(0, indices)
        size = (len(indices), self._rows.shape[1])
        taken = torch.empty(size, dtype=self._rows.dtype, pin_memory=self.device.type == "cuda")
        torch.index_select(self._rows, 0, indices, out=taken)
        return move(taken, self.device)

    def move_to(self, device: torch.device | str, resident: Resident | None = None) -> None:
        """Give rows on `device`, and keep them in RAM, on the device or on disk.

        By default they go to an accelerator where they take a third of its free memory at most, and stay
        where they were otherwise. DisentError if they do not fit.
        """
        self.device = _numbered(torch.device(device))
        self._rows = self._stored
        if resident is None:
            easily = self.device.type == "cuda" and self._stored.nbytes <= GPU_SHARE * _free(self.device)
            resident = "device" if easily else self._origin
        if resident == "device" and self.device.type != "cpu":
            self._require(_free(self.device), str(self.device))
            self._rows = self._stored.to(self.device)
        elif resident != "disk" and self._origin == "disk":
            resident = "ram"
            self._require(_ram(), "RAM")
            self._rows = self._stored.clone()
        else:
            resident = self._origin
        self.resident = resident

    def _require(self, available: int, where: str) -> None:
        if self._stored.nbytes > available:
            raise DisentError(
                f"the data take {format_bytes(self._stored.nbytes)}, {where} has {format_bytes(available)}; "
                "use --dataset.resident disk"
            )


def _shared_tensor(stored: np.ndarray) -> Tensor:
    """(N, length) over the same memory, without a copy; a read-only map is never written to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not writable", category=UserWarning)
        return torch.from_numpy(stored.reshape(len(stored), -1))


def _numbered(device: torch.device) -> torch.device:
    """`cuda` as `cuda:0`, and `mps` as `mps:0`, so that they compare equal to the device of their tensors."""
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("mps", 0) if device.type == "mps" else device


def _free(device: torch.device) -> int:
    """Bytes free on an accelerator that can tell, and otherwise all of RAM."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return _ram()


def _ram() -> int:
    """Bytes of the whole memory."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

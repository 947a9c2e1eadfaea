"""Datasets of an HDF5 file, read in blocks of its chunks; links to other files are not followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import numpy as np

from ..download.verify import WrongFile, beginning

BLOCK_BYTES = 1 << 26  # read at a time, where the chunks allow it
MOST_BYTES = 1 << 29  # even where the file's chunks span more images than that


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """The file; WrongFile if it is no HDF5 file, or something in it cannot be read."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError) as error:
        reason = str(error).splitlines()[0] if h5py.is_hdf5(path) else beginning(path)
        raise WrongFile(f"it is not a whole HDF5 file ({reason})", path) from error


def dataset(file: h5py.File, key: str, dtype: str, shape: tuple[int, ...]) -> h5py.Dataset:
    """The dataset of this type and shape, stored in this very file; WrongFile says what is there instead."""
    parts = key.split("/")
    places = ["/".join(parts[: k + 1]) for k in range(len(parts))]
    within = all(isinstance(file.get(place, getlink=True), h5py.HardLink) for place in places)
    if not within or not isinstance(file[key], h5py.Dataset):
        raise WrongFile(f"it has no dataset {key!r}; its keys: {', '.join(list(file)[:8]) or 'none'}")
    found = file[key]
    if found.external or found.is_virtual:
        raise WrongFile(f"its dataset {key!r} lies in another file")
    if found.dtype != np.dtype(dtype) or found.shape != shape:
        raise WrongFile(f"its dataset {key!r} is {found.dtype} {found.shape}, not {dtype} {shape}")
    return found


def row_blocks(images: h5py.Dataset, start: int = 0) -> Iterator[np.ndarray]:
    """The rows from `start` on as blocks (n, *row), each in the memory of the one before."""
    rows = _rows(images.chunks, prod(images.shape[1:]) * images.dtype.itemsize)
    buffer = np.empty((min(rows, len(images)), *images.shape[1:]), images.dtype)
    for first in range(start - start % rows, len(images), rows):
        begin, end = max(first, start), min(first + rows, len(images))
        if begin < end:
            images.read_direct(buffer, np.s_[begin:end], np.s_[: end - begin])
            yield buffer[: end - begin]


def _rows(chunks: tuple[int, ...] | None, row_bytes: int) -> int:
    """Rows to read at once: whole chunks, so that none is decompressed twice, within bounds of memory."""
    chunk = chunks[0] if chunks else 1
    wanted = max(chunk, BLOCK_BYTES // row_bytes // chunk * chunk)
    return max(1, min(wanted, MOST_BYTES // row_bytes))

"""HDF5 files: one dataset of a published file in blocks of its chunks, or all arrays of a file of one's own.

Links, and data that lie in another file, are never followed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path

import h5py
import numpy as np

from ...errors import DisentError
from ..custom.array_file import ELSEWHERE, ArrayEntry, ArrayFile, rows_at_once
from ..download.verify import WrongFile, sniff
from .table_file import TEXT, is_text

BLOCK_BYTES = 1 << 26  # read at a time, where the chunks allow it
UNREADABLE = (OSError, RuntimeError, KeyError)
MOST_ARRAY = 1 << 33  # bytes of an array that is read at once
MOST_BYTES = 1 << 29  # even where the file's chunks span more images than that


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """A published file; WrongFile if it is no HDF5 file, or something in it cannot be read."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except UNREADABLE as error:
        reason = str(error).splitlines()[0] if h5py.is_hdf5(path) else sniff(path)
        raise WrongFile(f"it is not a whole HDF5 file ({reason})", path) from error


@contextmanager
def _opened_own(path: Path) -> Iterator[h5py.File]:
    """A file of one's own; DisentError where `opened` raises WrongFile."""
    try:
        with opened(path) as file:
            yield file
    except WrongFile as error:
        problem = f"is not a whole HDF5 file ({TEXT})" if is_text(path) else str(error).removeprefix("it ")
        raise DisentError(f"{path} {problem}; save it anew") from error


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


def whole_array(found: h5py.Dataset, most: int = MOST_ARRAY) -> np.ndarray:
    """A dataset of a file that may be anybody's, texts as strings.

    Raises:
        ValueError: it lies in another file, or has more than so many bytes.
    """
    if found.external or found.is_virtual:
        raise ValueError(f"{found.name} {ELSEWHERE}")
    if found.size is not None and found.size * found.dtype.itemsize > most:
        raise ValueError(f"{found.name} {found.shape} has more than {most:,} bytes")
    text = h5py.check_string_dtype(found.dtype) is not None
    return np.asarray(found.asstr()[()], np.str_) if text else np.asarray(found[()])


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


def open_hdf5(path: Path) -> ArrayFile:
    """The arrays of the file, of which only the headers are read; DisentError if it is damaged."""
    arrays = ArrayFile(path, {}, {})
    with _opened_own(path) as file:
        _collect(arrays, file)
    return arrays


def _collect(arrays: ArrayFile, group: h5py.Group, prefix: str = "") -> None:
    """Add the datasets of the root and of the groups in it; nothing deeper is looked at."""
    for key in group:
        name = prefix + key
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            arrays.unreadable[name] = ELSEWHERE
        elif isinstance(group[key], h5py.Group) and not prefix:
            _collect(arrays, group[key], f"{key}/")
        elif isinstance(group[key], h5py.Dataset):
            _add(arrays, name, group[key])


def _add(arrays: ArrayFile, name: str, dataset: h5py.Dataset) -> None:
    text = h5py.check_string_dtype(dataset.dtype) is not None
    if dataset.external or dataset.is_virtual:
        arrays.unreadable[name] = ELSEWHERE
    elif dataset.dtype.hasobject and not text:
        arrays.unreadable[name] = "holds rows of various lengths or references"
    elif dataset.shape is None:
        arrays.unreadable[name] = "is empty"
    else:
        dtype = np.dtype(np.str_) if text else dataset.dtype
        blocks = partial(_blocks, arrays.path, name, text=text)
        arrays.entries[name] = ArrayEntry(name, dataset.shape, dtype, blocks, _mapped(arrays.path, dataset))


def _blocks(path: Path, name: str, *, text: bool) -> Iterator[np.ndarray]:
    """Rows in whole chunks, so that none is decompressed twice."""
    with _opened_own(path) as file:
        dataset = file[name]
        if text:
            yield np.asarray(dataset.asstr()[()], np.str_)
            return
        if not dataset.shape:
            yield np.asarray(dataset[()])
            return
        chunk = dataset.chunks[0] if dataset.chunks else 1
        rows = max(rows_at_once(dataset.shape, dataset.dtype) // chunk, 1) * chunk
        for first in range(0, len(dataset), rows):
            yield dataset[first : first + rows]


def _mapped(path: Path, dataset: h5py.Dataset) -> np.ndarray | None:
    """The dataset where it lies in the file; None if it is chunked, not written yet or no plain numbers."""
    if dataset.chunks or dataset.dtype.kind not in "uif" or not dataset.size or dataset.file.userblock_size:
        return None
    start = dataset.id.get_offset()
    return None if start is None else np.memmap(path, dataset.dtype, "r", start, dataset.shape)

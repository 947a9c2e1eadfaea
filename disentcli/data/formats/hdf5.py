"""Arrays of an HDF5 file: those of its root and of the groups in it; no link is followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from ...errors import DisentError
from ..custom.array_file import ELSEWHERE, ArrayEntry, ArrayFile, rows_at_once


def open_hdf5(path: Path) -> ArrayFile:
    """The arrays of the file, of which only the headers are read; DisentError if it is damaged."""
    arrays = ArrayFile(path, {}, {})
    with _opened(path) as file:
        _collect(arrays, file)
    return arrays


def _collect(arrays: ArrayFile, group: h5py.Group, prefix: str = "") -> None:
    """Add the datasets of the root and of the groups in it; nothing deeper is looked at."""
    for key in group:
        name = prefix + key
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            arrays.refused[name] = ELSEWHERE
        elif isinstance(group[key], h5py.Group) and not prefix:
            _collect(arrays, group[key], f"{key}/")
        elif isinstance(group[key], h5py.Dataset):
            _add(arrays, name, group[key])


def _add(arrays: ArrayFile, name: str, dataset: h5py.Dataset) -> None:
    text = h5py.check_string_dtype(dataset.dtype) is not None
    if dataset.external or dataset.is_virtual:
        arrays.refused[name] = ELSEWHERE
    elif dataset.dtype.hasobject and not text:
        arrays.refused[name] = "holds rows of various lengths or references"
    elif dataset.shape is None:
        arrays.refused[name] = "is empty"
    else:
        dtype = np.dtype(np.str_) if text else dataset.dtype
        blocks = partial(_blocks, arrays.path, name, text=text)
        arrays.members[name] = ArrayEntry(name, dataset.shape, dtype, blocks, _mapped(arrays.path, dataset))


def _blocks(path: Path, name: str, *, text: bool) -> Iterator[np.ndarray]:
    """Rows in whole chunks, so that none is decompressed twice."""
    with _opened(path) as file:
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


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError) as error:
        reason = str(error).splitlines()[0]
        raise DisentError(f"{path} is not a whole HDF5 file ({reason}); save it anew") from error

"""Arrays of an npz file: read from the zip member as a stream, or mapped where it is not compressed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from ...errors import DisentError
from ..custom.array_file import PICKLED, ArrayEntry, ArrayFile, rows_at_once

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def open_npz(path: Path) -> ArrayFile:
    """The arrays of the file, of which only the headers are read; DisentError if it is damaged."""
    members: dict[str, ArrayEntry] = {}
    refused: dict[str, str] = {}
    with _archive(path) as archive:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name == info.filename:
                refused[name] = "is no array in the NPY format"
                continue
            with archive.open(info) as stream:
                shape, fortran, dtype = _header(stream)
                start = stream.tell()
            if dtype.hasobject:
                refused[name] = PICKLED
            elif info.file_size != start + prod(shape) * dtype.itemsize:
                refused[name] = f"is {info.file_size:,} bytes long, which does not fit its shape {shape}"
            else:
                mapped = None if fortran else _mapped(path, info, start, shape, dtype)
                members[name] = ArrayEntry(name, shape, dtype, partial(_blocks, path, info.filename), mapped)
    return ArrayFile(path, members, refused)


def _blocks(path: Path, filename: str) -> Iterator[np.ndarray]:
    """Rows straight from the zip member, whose checksum is compared at its end."""
    with _archive(path) as archive, archive.open(filename) as stream:
        shape, fortran, dtype = _header(stream)
        if fortran or not shape:
            yield np.frombuffer(stream.read(), dtype).reshape(shape[::-1]).T
            return
        rows = rows_at_once(shape, dtype)
        for first in range(0, shape[0], rows):
            count = min(rows, shape[0] - first)
            data = stream.read(count * prod(shape[1:]) * dtype.itemsize)
            yield np.frombuffer(data, dtype).reshape(count, *shape[1:])
        stream.read(1)


def _mapped(
    path: Path, info: zipfile.ZipInfo, start: int, shape: tuple[int, ...], dtype: np.dtype
) -> np.ndarray | None:
    """The array where it lies in the archive; None if it is compressed, or there is nothing to map."""
    if info.compress_type != zipfile.ZIP_STORED or not prod(shape) or not dtype.itemsize:
        return None
    with open(path, "rb") as file:
        file.seek(info.header_offset + 26)  # of the local header, which has lengths of its own
        name_length, extra_length = np.frombuffer(file.read(4), "<u2")
    begin = info.header_offset + 30 + int(name_length) + int(extra_length) + start
    return np.memmap(path, dtype, "r", begin, shape)


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether in Fortran order, and type."""
    if np.lib.format.read_magic(stream) == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    return np.lib.format.read_array_header_2_0(stream)


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except BROKEN as error:
        reason = str(error) or type(error).__name__
        raise DisentError(f"{path} is not a whole npz file ({reason}); save it anew") from error
    except OSError as error:
        raise DisentError(f"{path} cannot be read: {error.strerror or error}") from error

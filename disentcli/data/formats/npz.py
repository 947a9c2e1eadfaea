"""npz files: one array of a published file in blocks, or all arrays of a file of one's own.

Arrays are read from the zip member as a stream, or mapped where they are not compressed; nothing is
unpickled.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from ...errors import DisentError
from ..custom.array_file import PICKLED, ArrayEntry, ArrayFile, rows_at_once
from ..download.verify import WrongFile, sniff
from .table_file import TEXT, is_text
from .zip import DAMAGED

BROKEN = (*DAMAGED, ValueError)
Accept = Callable[[int], None]  # raises WrongFile for a wrong number of rows


@contextmanager
def opened_array(
    path: Path, key: str, row: tuple[int, ...], accept: Accept, *, dtype: str = "|u1"
) -> Iterator[tuple[IO[bytes], int]]:
    """The zip member of the array `key` (N, *row), positioned at its first row, and N; the header is checked.

    Axes before those of a row count as one.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            info = _member(archive, key)
            with archive.open(info) as member:
                yield member, _count(member, info, key, row, np.dtype(dtype), accept)
    except BROKEN as error:
        raise WrongFile(f"it is not a whole npz file ({_reason(path, error)})", path) from error


def array_blocks(
    path: Path, key: str, row: tuple[int, ...], accept: Accept, *, start: int, rows: int
) -> Iterator[np.ndarray]:
    """The rows from `start` on as uint8 (n, *row) blocks; WrongFile when the archive turns out damaged.

    Every byte passes through the archive's checksum, also those before `start`.
    """
    row_bytes = prod(row)
    with opened_array(path, key, row, accept) as (member, count):
        for first in range(0, count, rows):
            number = min(rows, count - first)
            data = member.read(number * row_bytes)
            if len(data) != number * row_bytes:
                raise WrongFile(
                    f"its array ends after {first + len(data) // row_bytes:,} of {count:,} images", path
                )
            block = np.frombuffer(data, np.uint8).reshape(number, *row)
            if first + number > start:
                yield block[max(start - first, 0) :]
        member.read(1)  # at the end, where the checksum is compared


def read_array(path: Path, key: str, row: tuple[int, ...], accept: Accept, *, dtype: str) -> np.ndarray:
    """The whole array (N, *row), for small ones."""
    with opened_array(path, key, row, accept, dtype=dtype) as (member, count):
        return np.frombuffer(member.read(), dtype).reshape(count, *row)


def _reason(path: Path, error: Exception) -> str:
    if zipfile.is_zipfile(path):
        return str(error) or type(error).__name__
    with open(path, "rb") as stream:
        return "its end is missing" if stream.read(4) == b"PK\x03\x04" else sniff(path)


def _member(archive: zipfile.ZipFile, key: str) -> zipfile.ZipInfo:
    names = archive.namelist()
    if f"{key}.npy" not in names:
        keys = ", ".join(name.removesuffix(".npy") for name in names[:8]) or "none"
        raise WrongFile(f"it has no array {key!r}; its arrays: {keys}")
    return archive.getinfo(f"{key}.npy")


def _count(
    member: IO[bytes],
    info: zipfile.ZipInfo,
    key: str,
    row: tuple[int, ...],
    dtype: np.dtype,
    accept: Accept,
) -> int:
    """Read the array's header; the number of rows, if they are as expected."""
    shape, fortran, found = _header(member, key)
    if found.hasobject:
        raise WrongFile(f"its array {key!r} holds pickled Python objects, which are never loaded")
    if found != dtype or fortran or shape[len(shape) - len(row) :] != row or len(shape) <= len(row):
        raise WrongFile(
            f"its array {key!r} is {found} {shape}{' in Fortran order' if fortran else ''}, "
            f"not {dtype} (N, {', '.join(map(str, row))})"
        )
    count = prod(shape[: len(shape) - len(row)])
    accept(count)
    if info.file_size != member.tell() + count * prod(row) * dtype.itemsize:
        raise WrongFile(
            f"its array {key!r} is {info.file_size:,} bytes long, which does not fit its shape {shape}"
        )
    return count


def _header(member: IO[bytes], key: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, whether in Fortran order, and type; WrongFile for a newer format."""
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(member)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(member)
    raise WrongFile(f"its array {key!r} is in the NPY format {version}; 1.0 or 2.0 was expected")


def open_npz(path: Path) -> ArrayFile:
    """The arrays of the file, of which only the headers are read; DisentError if it is damaged."""
    entries: dict[str, ArrayEntry] = {}
    unreadable: dict[str, str] = {}
    with _archive(path) as archive:
        for info in archive.infolist():
            name = info.filename.removesuffix(".npy")
            if name == info.filename:
                unreadable[name] = "is no array in the NPY format"
                continue
            with archive.open(info) as stream:
                shape, fortran, dtype = _header(stream, name)
                start = stream.tell()
            if dtype.hasobject:
                unreadable[name] = PICKLED
            elif info.file_size != start + prod(shape) * dtype.itemsize:
                unreadable[name] = f"is {info.file_size:,} bytes long, which does not fit its shape {shape}"
            else:
                mapped = None if fortran else _mapped(path, info, start, shape, dtype)
                entries[name] = ArrayEntry(name, shape, dtype, partial(_blocks, path, info.filename), mapped)
    return ArrayFile(path, entries, unreadable)


def _blocks(path: Path, filename: str) -> Iterator[np.ndarray]:
    """Rows straight from the zip member, whose checksum is compared at its end."""
    with _archive(path) as archive, archive.open(filename) as stream:
        shape, fortran, dtype = _header(stream, filename.removesuffix(".npy"))
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


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip of a file of one's own; DisentError if it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except BROKEN as error:
        reason = TEXT if is_text(path) else str(error) or type(error).__name__
        raise DisentError(f"{path} is not a whole npz file ({reason}); save it anew") from error
    except OSError as error:
        raise DisentError(f"{path} cannot be read: {error.strerror or error}") from error

"""One array of an npz file, read in blocks straight from the zip member; nothing is unpickled."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from ..download.verify import WrongFile, beginning

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
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
        return "its end is missing" if stream.read(4) == b"PK\x03\x04" else beginning(path)


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
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(member)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(member)
    raise WrongFile(f"its array {key!r} is in the NPY format {version}; 1.0 or 2.0 was expected")

"""The binary matrices of the NORB files: a magic number, dimensions, little-endian numbers; gzip or not."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO, cast

import numpy as np

from ..download.verify import WrongFile, sniff

TYPES = {
    0x1E3D4C55: "|u1",
    0x1E3D4C54: "<i4",
    0x1E3D4C56: "<i2",
    0x1E3D4C51: "<f4",
    0x1E3D4C53: "<f8",
}
LEAST_DIMENSIONS = 3  # written, though a matrix may have fewer


@contextmanager
def opened_matrix(path: Path, dtype: str, shape: tuple[int, ...]) -> Iterator[IO[bytes]]:
    """The file, positioned at its first number; WrongFile unless the matrix is of this type and shape."""
    try:
        with open(path, "rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            stream = cast("IO[bytes]", gzip.GzipFile(fileobj=plain)) if packed else plain
            _check_header(stream, path, np.dtype(dtype), shape)
            yield stream
    except (OSError, EOFError, zlib.error) as error:
        raise WrongFile(f"it is not a whole gzip file ({error})", path) from error


def matrix_blocks(path: Path, dtype: str, shape: tuple[int, ...], rows: int) -> Iterator[np.ndarray]:
    """The rows of the matrix in blocks (n, *shape[1:]); WrongFile when the file is too short or too long."""
    row_bytes = prod(shape[1:]) * np.dtype(dtype).itemsize
    with opened_matrix(path, dtype, shape) as stream:
        for first in range(0, shape[0], rows):
            count = min(rows, shape[0] - first)
            data = stream.read(count * row_bytes)
            if len(data) < count * row_bytes:
                raise WrongFile(
                    f"it ends after {first + len(data) // row_bytes:,} of {shape[0]:,} rows", path
                )
            yield np.frombuffer(data, dtype).reshape(count, *shape[1:])
        if stream.read(1):
            raise WrongFile(f"it goes on after its {shape[0]:,} rows", path)


def read_matrix(path: Path, dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    """The whole matrix, for small ones."""
    (whole,) = matrix_blocks(path, dtype, shape, shape[0])
    return whole


def _check_header(stream: IO[bytes], path: Path, dtype: np.dtype, shape: tuple[int, ...]) -> None:
    magic, dimensions = _integers(stream, 2, path)
    if magic not in TYPES or not 1 <= dimensions <= 8:
        raise WrongFile(f"it is not a NORB matrix ({sniff(path)})", path)
    found = tuple(_integers(stream, max(LEAST_DIMENSIONS, dimensions), path)[:dimensions])
    if np.dtype(TYPES[magic]) != dtype or found != shape:
        raise WrongFile(f"its matrix is {np.dtype(TYPES[magic])} {found}, not {dtype} {shape}", path)


def _integers(stream: IO[bytes], count: int, path: Path) -> tuple[int, ...]:
    data = stream.read(4 * count)
    if len(data) < 4 * count:
        raise WrongFile(f"it is not a NORB matrix ({sniff(path)})", path)
    return struct.unpack(f"<{count}i", data)

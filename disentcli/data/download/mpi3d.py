"""MPI3D: one array `images` in an npz file of up to 12.7 GB, read in blocks straight from the zip member."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import IO

import numpy as np

from .sources import Source
from .verify import WrongFile, beginning

KEY = "images"
ROWS = 1024  # images in a block: 12.6 MB
CHALLENGE = 460_800
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def check(path: Path, source: Source) -> None:
    """WrongFile unless the npz has the uint8 array `images` of the source's grid; reads only its header."""
    with _images(path, source):
        pass


def blocks(path: Path, source: Source, start: int = 0) -> Iterator[np.ndarray]:
    """The images from `start` on as uint8 (n, H, W, C) blocks; WrongFile when the archive turns out damaged.

    Every byte passes through the archive's checksum, also those before `start`.
    """
    row_bytes = prod(source.image)
    with _images(path, source) as (member, count):
        for first in range(0, count, ROWS):
            rows = min(ROWS, count - first)
            data = member.read(rows * row_bytes)
            if len(data) != rows * row_bytes:
                raise WrongFile(
                    f"its array ends after {first + len(data) // row_bytes:,} of {count:,} images"
                )
            block = np.frombuffer(data, np.uint8).reshape(rows, *source.image)
            if first + rows > start:
                yield block[max(start - first, 0) :]
        member.read(1)  # at the end, where the checksum is compared


@contextmanager
def _images(path: Path, source: Source) -> Iterator[tuple[IO[bytes], int]]:
    """The zip member of the array, positioned at its first image, and the number of images."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = _member(archive)
            with archive.open(info) as member:
                count = _count(member, info, source)
                yield member, count
    except BROKEN as error:
        raise WrongFile(f"it is not a whole npz file ({_reason(path, error)})") from error


def _reason(path: Path, error: Exception) -> str:
    if zipfile.is_zipfile(path):
        return str(error) or type(error).__name__
    with open(path, "rb") as stream:
        return "its end is missing" if stream.read(4) == b"PK\x03\x04" else beginning(path)


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    names = archive.namelist()
    if f"{KEY}.npy" not in names:
        keys = ", ".join(name.removesuffix(".npy") for name in names[:8]) or "none"
        raise WrongFile(f"it has no array {KEY!r}; its arrays: {keys}")
    return archive.getinfo(f"{KEY}.npy")


def _count(member: IO[bytes], info: zipfile.ZipInfo, source: Source) -> int:
    """Read the array's header; the number of images, if they are the source's grid. Nothing is unpickled."""
    shape, fortran, dtype = _header(member)
    if dtype.hasobject:
        raise WrongFile(f"its array {KEY!r} holds pickled Python objects, which are never loaded")
    if dtype != np.uint8 or fortran or shape[-3:] != source.image:
        raise WrongFile(
            f"its array {KEY!r} is {dtype} {shape}{' in Fortran order' if fortran else ''}, "
            f"not uint8 (N, {', '.join(map(str, source.image))})"
        )
    count = prod(shape[:-3])
    _expect(count, source)
    if info.file_size != member.tell() + count * prod(source.image):
        raise WrongFile(
            f"its array {KEY!r} is {info.file_size:,} bytes long, which does not fit its shape {shape}"
        )
    return count


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = np.lib.format.read_magic(member)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(member)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(member)
    raise WrongFile(f"its array {KEY!r} is in the NPY format {version}; 1.0 or 2.0 was expected")


def _expect(count: int, source: Source) -> None:
    grid = source.grid
    if count == grid.size:
        return
    message = f"it has {count:,} images, {source.title} has {grid.size:,} ({'×'.join(map(str, grid.sizes))})"
    if count == CHALLENGE:
        message += (
            "; 460,800 (4×4×2×3×3×40×40) are in MPI3D complex (--cat complex) and in the files of the 2019 "
            "challenge (sim_toy_… and sim_realistic_64x_ordered_without_heldout_factors.npz), of another grid"
        )
    raise WrongFile(message)

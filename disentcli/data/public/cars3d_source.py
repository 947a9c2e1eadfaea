"""Cars3D: a tar.gz of MATLAB files, one a car, read as a stream and made smaller."""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import h5py
import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile, sniff
from ..formats.image_decoding import downscale
from . import published_grids

FOLDER, LIST = "cars", "list.txt"
ORIGINAL = 128  # the side of the images in the files
HDF5, USER_BLOCK = b"\x89HDF\r\n\x1a\n", 512  # how HDF5 begins, behind MATLAB's own header
BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError)
UNREADABLE = (MatReadError, zlib.error, EOFError, OSError, KeyError, TypeError, ValueError, IndexError)


@source("cars3d")
def cars3d() -> Source:
    """Cars3D, 17,568 rendered cars in 24 views from 4 heights."""
    return Source(
        name="cars3d",
        title="Cars3D",
        call="cars3d",
        reader=FormatReader(check, blocks),
        files=(
            RemoteFile(
                name="nips2015-analogy-data.tar.gz",
                urls=(
                    "http://www.scottreed.info/files/nips2015-analogy-data.tar.gz",
                    "http://www-personal.umich.edu/~reedscot/files/nips2015-analogy-data.tar.gz",
                ),
                about=310_000_000,
                md5="4e866a7919c1beedf53964e6f7a23686",
            ),
        ),
        licence="no licence stated",
        citation="Reed, Zhang, Zhang and Lee, Deep Visual Analogy-Making, NeurIPS 2015",
        homepage="https://papers.nips.cc/paper/5845-deep-visual-analogy-making",
        space=published_grids.CARS3D,
    )


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the archive has the official list of as many cars as the grid; no image is read."""
    _listed(path, source)


def blocks(paths: Sequence[Path], source: Source, start: int = 0) -> Iterator[np.ndarray]:
    """The images from `start` on, a block for each elevation and azimuth, the cars in the official order.

    The last factor, the car, is a file each: all are read, into memory, before the first block comes.
    """
    cars = _listed(paths[0], source)
    elevations, azimuths, _ = source.grid.sizes
    images = np.empty((elevations, azimuths, len(cars), *source.image), np.uint8)
    missing = dict(zip(cars, range(len(cars)), strict=True))
    for name, content in _members(paths[0]):
        if (car := missing.pop(name.removesuffix(".mat"), None)) is not None:
            images[:, :, car] = _car(content, name, source)
    if missing:
        raise WrongFile(f"it has no {FOLDER}/{next(iter(missing))}.mat, which {LIST} names")
    for block in images.reshape(elevations * azimuths, len(cars), *source.image):
        if start < len(block):
            yield block[start:]
        start = max(start - len(block), 0)


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    """The names and contents of the files in the folder of the cars, in the archive's order."""
    with _whole(path), tarfile.open(path, "r|gz") as archive:
        for member in archive:
            place = PurePosixPath(member.name)
            if place.parent.name == FOLDER and (stream := archive.extractfile(member)) is not None:
                yield place.name, stream.read()


@contextmanager
def _whole(path: Path) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        with open(path, "rb") as stream:
            gzip = stream.read(2) == b"\x1f\x8b"
        raise WrongFile(f"it is not a whole tar.gz file ({error if gzip else sniff(path)})") from error


def _listed(path: Path, source: Source) -> list[str]:
    """The cars in the official order."""
    count = source.grid.sizes[-1]
    for name, content in _members(path):
        if name == LIST:
            cars = content.decode("utf-8", errors="replace").split()
            if len(set(cars)) != count or len(cars) != count:
                raise WrongFile(f"its {FOLDER}/{LIST} names {len(set(cars))} cars, not {count}")
            return cars
    raise WrongFile(f"it has no {FOLDER}/{LIST}")


def _car(content: bytes, name: str, source: Source) -> np.ndarray:
    """All images of one car, uint8 (elevations, azimuths, H, W, C)."""
    elevations, azimuths, _ = source.grid.sizes
    images = _matrix(content, name)
    expected = (ORIGINAL, ORIGINAL, 3, azimuths, elevations)
    if images.dtype != np.uint8 or images.shape != expected:
        raise WrongFile(f"'im' in its {FOLDER}/{name} is {images.dtype} {images.shape}, not uint8 {expected}")
    pictures = images.transpose(4, 3, 0, 1, 2).reshape(-1, ORIGINAL, ORIGINAL, 3)
    return downscale(pictures, source.image[0]).reshape(elevations, azimuths, *source.image)


def _matrix(content: bytes, name: str) -> np.ndarray:
    """The array `im` of a MATLAB file: version 5, or 7.3, which is HDF5 with the axes turned round."""
    try:
        if content[USER_BLOCK : USER_BLOCK + len(HDF5)] == HDF5:
            with h5py.File(io.BytesIO(content), "r") as file:
                return np.asarray(file["im"][()]).T
        return np.asarray(loadmat(io.BytesIO(content), variable_names=["im"])["im"])
    except UNREADABLE as error:
        raise WrongFile(f"its {FOLDER}/{name} holds no MATLAB array 'im' ({error})") from error

"""3D-Shapes: an HDF5 file with gzip-compressed `images` and their `labels`, read in blocks of its chunks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path

import h5py
import numpy as np

from ..factors import FactorSpace, Values
from .sources import Source
from .verify import WrongFile, beginning

KEYS = ("images", "labels")
BLOCK_BYTES = 1 << 26  # read at a time, where the chunks allow it
MOST_BYTES = 1 << 29  # even where the file's chunks span more images than that


def check(path: Path, source: Source) -> None:
    """WrongFile unless `images` and `labels` have the right types and shapes, and the labels are the grid."""
    with _opened(path) as file:
        images, labels = (_dataset(file, key) for key in KEYS)
        space = source.grid
        _expect(images, np.dtype(np.uint8), (space.size, *source.image))
        _expect(labels, np.dtype(np.float64), (space.size, len(space.sizes)))
        _check_grid(labels[()], space)


def blocks(path: Path, source: Source, start: int = 0) -> Iterator[np.ndarray]:
    """The images from `start` on as uint8 (n, H, W, C) blocks, each in the memory of the one before.

    WrongFile when a chunk turns out damaged.
    """
    with _opened(path) as file:
        images = _dataset(file, "images")
        rows = _rows(images.chunks, prod(source.image))
        buffer = np.empty((min(rows, len(images)), *source.image), np.uint8)
        for first in range(start - start % rows, len(images), rows):
            begin, end = max(first, start), min(first + rows, len(images))
            if begin < end:
                images.read_direct(buffer, np.s_[begin:end], np.s_[: end - begin])
                yield buffer[: end - begin]


def _rows(chunks: tuple[int, ...] | None, row_bytes: int) -> int:
    """Images to read at once: whole chunks, so that none is decompressed twice, within bounds of memory."""
    chunk = chunks[0] if chunks else 1
    wanted = max(chunk, BLOCK_BYTES // row_bytes // chunk * chunk)
    return max(1, min(wanted, MOST_BYTES // row_bytes))


@contextmanager
def _opened(path: Path) -> Iterator[h5py.File]:
    try:
        with h5py.File(path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError) as error:
        reason = str(error).splitlines()[0] if h5py.is_hdf5(path) else beginning(path)
        raise WrongFile(f"it is not a whole HDF5 file ({reason})") from error


def _dataset(file: h5py.File, key: str) -> h5py.Dataset:
    """The dataset stored in this very file: links to other files are not followed."""
    if not isinstance(file.get(key, getlink=True), h5py.HardLink) or not isinstance(file[key], h5py.Dataset):
        raise WrongFile(f"it has no dataset {key!r}; its keys: {', '.join(list(file)[:8]) or 'none'}")
    dataset = file[key]
    if dataset.external or dataset.is_virtual:
        raise WrongFile(f"its dataset {key!r} lies in another file")
    return dataset


def _expect(dataset: h5py.Dataset, dtype: np.dtype, shape: tuple[int, ...]) -> None:
    if dataset.dtype != dtype or dataset.shape != shape:
        name = dataset.name.strip("/")
        raise WrongFile(f"its dataset {name!r} is {dataset.dtype} {dataset.shape}, not {dtype} {shape}")


def _numbers(values: Values) -> np.ndarray:
    """The values as the label array has them: words are numbered."""
    words = isinstance(values[0], str)
    return np.arange(len(values), dtype=np.float64) if words else np.array(values, np.float64)


def _check_grid(labels: np.ndarray, space: FactorSpace) -> None:
    """WrongFile unless row i of `labels` (N, F) holds the values of the i-th combination of the grid."""
    classes = space.factors(np.arange(space.size))
    for k, (name, values) in enumerate(zip(space.names, space.values, strict=True)):
        numbers = _numbers(values)
        step = np.diff(numbers).min() if len(numbers) > 1 else 1.0
        wrong = np.flatnonzero(~(np.abs(labels[:, k] - numbers[classes[:, k]]) < step / 10))
        if len(wrong):
            row = int(wrong[0])
            raise WrongFile(
                f"its images are not in the order of the full grid: label {name!r} of image {row:,} is "
                f"{labels[row, k]:g}, not {numbers[classes[row, k]]:g}"
            )

"""3D-Shapes: an HDF5 file with gzip-compressed `images` and their `labels`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...registry import source
from .. import grids
from ..factors import FactorSpace, Values
from . import hdf5
from .container import Container
from .sources import RemoteFile, Source
from .verify import WrongFile


@source("3ds")
def shapes3d() -> Source:
    """3D-Shapes, 480,000 images of rooms with one object."""
    return Source(
        name="3ds",
        title="3D-Shapes",
        call="3ds",
        container=Container(check, blocks),
        files=(
            RemoteFile(
                name="3dshapes.h5",
                urls=("https://storage.googleapis.com/3d-shapes/3dshapes.h5",),
                about=267_573_662,
                size=267_573_662,
                md5="099a2078d58cec4daad0702c55d06868",
            ),
        ),
        licence="Apache-2.0",
        citation="Chris Burgess and Hyunjik Kim, 3D Shapes Dataset, 2018, https://github.com/deepmind/3dshapes-dataset/",
        homepage="https://console.cloud.google.com/storage/browser/3d-shapes",
        space=grids.SHAPES3D,
    )


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless `images` and `labels` have the right types and shapes, and the labels are the grid."""
    space = source.grid
    with hdf5.opened(path) as content:
        hdf5.dataset(content, "images", "uint8", (space.size, *source.image))
        labels = hdf5.dataset(content, "labels", "float64", (space.size, len(space.sizes)))
        _check_grid(labels[()], space)


def blocks(paths: Sequence[Path], source: Source, start: int = 0) -> Iterator[np.ndarray]:
    """The images from `start` on as uint8 (n, H, W, C) blocks; WrongFile when a chunk turns out damaged."""
    with hdf5.opened(paths[0]) as content:
        images = hdf5.dataset(content, "images", "uint8", (source.grid.size, *source.image))
        yield from hdf5.row_blocks(images, start)


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

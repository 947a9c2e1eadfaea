"""3D-Shapes: an HDF5 file with gzip-compressed `images` and their `labels`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..formats import hdf5
from ..formats.grid_labels import check_values
from . import published_grids


@source("3ds")
def shapes3d() -> Source:
    """3D-Shapes, 480,000 images of rooms with one object."""
    return Source(
        name="3ds",
        title="3D-Shapes",
        call="3ds",
        reader=FormatReader(check, blocks),
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
        space=published_grids.SHAPES3D,
    )


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless `images` and `labels` have the right types and shapes, and the labels are the grid."""
    space = source.grid
    with hdf5.opened(path) as content:
        hdf5.dataset(content, "images", "uint8", (space.size, *source.image))
        labels = hdf5.dataset(content, "labels", "float64", (space.size, len(space.sizes)))
        check_values(labels[()], space)


def blocks(paths: Sequence[Path], source: Source, start: int = 0) -> Iterator[np.ndarray]:
    """The images from `start` on as uint8 (n, H, W, C) blocks; WrongFile when a chunk turns out damaged."""
    with hdf5.opened(paths[0]) as content:
        images = hdf5.dataset(content, "images", "uint8", (source.grid.size, *source.image))
        yield from hdf5.row_blocks(images, start)

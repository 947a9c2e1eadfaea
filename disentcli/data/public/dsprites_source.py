"""dSprites: images of 0 and 1 in an npz or an HDF5 file, stored as bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import h5py
import numpy as np

from ...registry import source
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile
from ..formats import hdf5
from ..formats.grid_labels import check_classes
from ..formats.npz import array_blocks, opened_array, read_array
from . import published_grids

ROWS = 4096  # images in a block: 16.8 MB
STEM = "dsprites_ndarray_co1sh3sc6or40x32y32_64x64"
REPOSITORY = "https://raw.githubusercontent.com/google-deepmind/dsprites-dataset/master"
OLD_REPOSITORY = "https://raw.githubusercontent.com/deepmind/dsprites-dataset/master"


@source("dsprites")
def dsprites() -> Source:
    """dSprites, 737,280 binary images of one white shape."""
    return Source(
        name="dsprites",
        title="dSprites",
        call="dsprites",
        reader=FormatReader(check, blocks),
        files=(
            RemoteFile(
                name=f"{STEM}.npz",
                urls=(
                    f"{REPOSITORY}/{STEM}.npz",
                    f"{OLD_REPOSITORY}/{STEM}.npz",
                    f"{REPOSITORY}/{STEM}.hdf5",
                ),
                about=27_000_000,
                md5="7da33b31b13a06f4b04a70402ce90c2e",
                other_md5s=("b331c4447a651c44bf5e8ae09022e230",),  # the HDF5 file
                aliases=(f"{STEM}.hdf5",),
            ),
        ),
        licence="Apache-2.0",
        citation="Matthey, Higgins, Hassabis and Lerchner, dSprites: Disentanglement testing Sprites, 2017",
        homepage="https://github.com/google-deepmind/dsprites-dataset",
        space=published_grids.DSPRITES,
        image=(64, 64, 1),
        packed=True,
    )


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the images have the right type and shape, and the classes are those of the grid."""
    space, row = source.grid, source.image[:2]
    columns = 1 + len(space.sizes)  # the first is the colour, always white
    if h5py.is_hdf5(path):
        with hdf5.opened(path) as content:
            hdf5.dataset(content, "imgs", "uint8", (space.size, *row))
            classes = hdf5.dataset(content, "latents/classes", "int64", (space.size, columns))[()]
    else:
        with opened_array(path, "imgs", row, partial(_expect, source=source)):
            pass
        expect = partial(_expect, source=source)
        classes = read_array(path, "latents_classes", (columns,), expect, dtype="int64")
    check_classes(classes[:, 1:], space)


def blocks(paths: Sequence[Path], source: Source, start: int = 0) -> Iterator[np.ndarray]:
    """The images from `start` on as packed rows (n, 512); WrongFile where a pixel is neither 0 nor 1."""
    place = start
    for block in _pixels(paths[0], source, start):
        if block.max(initial=0) > 1:
            image = place + int(np.flatnonzero(block.reshape(len(block), -1).max(axis=1) > 1)[0])
            raise WrongFile(f"image {image:,} has other pixels than 0 and 1")
        place += len(block)
        yield np.packbits(block.reshape(len(block), -1), axis=-1)


def _pixels(path: Path, source: Source, start: int) -> Iterator[np.ndarray]:
    row = source.image[:2]
    if not h5py.is_hdf5(path):
        expect = partial(_expect, source=source)
        yield from array_blocks(path, "imgs", row, expect, start=start, rows=ROWS)
        return
    with hdf5.opened(path) as content:
        yield from hdf5.row_blocks(hdf5.dataset(content, "imgs", "uint8", (source.grid.size, *row)), start)


def _expect(count: int, source: Source) -> None:
    if count != source.grid.size:
        raise WrongFile(f"it has {count:,} images, {source.title} has {source.grid.size:,}")

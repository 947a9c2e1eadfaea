"""Formatting: images stream from an original file into our own dataset folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..store import StoreSpec
from ..store_writer import StoreWriter
from . import mpi3d, shapes3d
from .progress import byte_bar
from .sources import RemoteFile, Source
from .verify import check_md5, check_size


@dataclass(frozen=True)
class Container:
    """How one kind of original file is examined and read."""

    check: Callable[[Path, Source], None]
    blocks: Callable[[Path, Source, int], Iterator[np.ndarray]]


CONTAINERS = {
    "hdf5": Container(shapes3d.check, shapes3d.blocks),
    "npz": Container(mpi3d.check, mpi3d.blocks),
}


def examine(path: Path, source: Source, file: RemoteFile, *, quiet: bool = False) -> str:
    """The MD5 of a right original file; WrongFile for any other. The cheap checks come first."""
    check_size(path, file)
    CONTAINERS[source.container].check(path, source)
    return check_md5(path, file, quiet=quiet)


def format_images(raw: Path, md5: str, source: Source, folder: Path, *, quiet: bool = False) -> None:
    """Write the images of the examined file `raw` into the dataset folder, from where a call was interrupted.

    WrongFile when the file turns out damaged: then nothing of it is kept.
    """
    height, width, channels = source.image
    spec = StoreSpec(
        name=source.name,
        shape=(channels, height, width),
        count=source.grid.size,
        factors=source.grid,
        # with the MD5 in it, a folder begun from another file is never continued
        source=f"{source.files[0].name}, MD5 {md5}, {source.homepage}",
        licence=source.licence,
        citation=source.citation,
    )
    with StoreWriter(folder, spec) as writer:
        done = writer.done * spec.row_bytes
        with byte_bar(f"formatting {source.name}", spec.image_bytes, done, quiet=quiet) as bar:
            for block in CONTAINERS[source.container].blocks(raw, source, writer.done):
                writer.write(block)
                bar.update(block.nbytes)

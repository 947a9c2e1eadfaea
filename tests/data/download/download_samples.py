"""Small files of exactly the published formats, and sources that describe them."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
from pathlib import Path

import h5py
import numpy as np

from disentcli.data.download.fetch import DownloadOptions, RetryPolicy
from disentcli.data.download.index import all_published
from disentcli.data.download.mirrors import apply_mirrors
from disentcli.data.download.source import Source

SMALL = {"3ds": [2, 2, 2, 2, 2, 3], "mpi_toy": [2, 2, 2, 1, 1, 3, 2], "mpi_complex": [2, 2, 2, 1, 1, 3, 2]}
SMALL["mpi_real"] = SMALL["mpi_toy"]
SOURCES = all_published()
HASTY = RetryPolicy(stall=0.4, attempts=3, pause=0.01, max_wait=0.2)


def small_source(name: str, data: bytes | None, urls: list[str], sizes: list[int] | None = None) -> Source:
    """The source of this name with a small grid; `data`, where given, sets the published size and MD5."""
    file = SOURCES[name].files[0].name
    size, md5 = (len(data), hashlib.md5(data).hexdigest()) if data is not None else (None, None)
    entry = {"urls": urls, "size": size, "md5": md5}
    table = {name: {"sizes": sizes or SMALL[name], "files": {file: entry}}}
    return apply_mirrors(SOURCES, table, "a test")[name]


def random_images(source: Source, seed: int = 0) -> np.ndarray:
    """(N, 64, 64, 3) uint8 of the source's grid."""
    return np.random.default_rng(seed).integers(0, 256, (source.grid.size, *source.image), dtype=np.uint8)


def shapes3d_file(images: np.ndarray, source: Source, chunk: tuple[int, ...] = (16, 16, 16, 1)) -> bytes:
    """A 3dshapes.h5: gzip chunks that, as in the real file, span several images and parts of each."""
    grid = source.grid
    classes = grid.factors(np.arange(grid.size))
    numbers = [
        range(len(one)) if isinstance(one[0], str) else one for one in grid.values
    ]  # the file has no words
    labels = np.stack([np.array(one, float)[classes[:, k]] for k, one in enumerate(numbers)], axis=1)
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("images", data=images, chunks=chunk, compression="gzip", compression_opts=1)
        file.create_dataset("labels", data=labels)
    return buffer.getvalue()


def mpi3d_file(images: np.ndarray, *, deflated: bool = False) -> bytes:
    """An MPI3D npz: one array `images`, stored as numpy.savez does or deflated."""
    buffer = io.BytesIO()
    (np.savez_compressed if deflated else np.savez)(buffer, images=images)
    return buffer.getvalue()


def idx_files(count: int = 12, seed: int = 0) -> dict[str, bytes]:
    """The four files of MNIST, or Fashion-MNIST, with `count` images each, gzip-packed."""
    rng = np.random.default_rng(seed)
    files = {}
    for part in ("train", "t10k"):
        pixels = rng.integers(0, 256, count * 784, dtype=np.uint8).tobytes()
        labels = rng.integers(0, 10, count, dtype=np.uint8).tobytes()
        files[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(
            struct.pack(">4I", 2051, count, 28, 28) + pixels, mtime=0
        )
        files[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(
            struct.pack(">2I", 2049, count) + labels, mtime=0
        )
    return files


def small_mnist(files: dict[str, bytes], base: str, name: str = "mnist") -> Source:
    """The source of MNIST, or of `fashion`, for such files, served below the address `base`."""
    entries = {
        name: {"urls": [base + name], "md5_unpacked": hashlib.md5(gzip.decompress(data)).hexdigest()}
        for name, data in files.items()
    }
    return apply_mirrors(SOURCES, {name: {"files": entries}}, "a test")[name]


class Recorder:
    """Download options that record the messages."""

    def __init__(self, retry: RetryPolicy = HASTY) -> None:
        self.lines: list[str] = []
        self.options = DownloadOptions(log=self.lines.append, quiet=True, retry=retry)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def stored_images(folder: Path) -> np.ndarray:
    """The images of a formatted folder, read without our own code."""
    return np.load(folder / "images.npy", allow_pickle=False)

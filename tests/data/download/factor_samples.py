"""Small files of exactly the published formats of dSprites, Cars3D and SmallNORB."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence

import h5py
import numpy as np
from scipy.io import savemat

from disentcli.data.download.mirrors import apply_mirrors
from disentcli.data.download.source import Source

from .download_samples import SOURCES

SIZES = {"dsprites": [3, 2, 4, 3, 4], "cars3d": [2, 3, 4], "smallnorb": [2, 10, 1, 2, 2]}


def small(
    name: str, files: Mapping[str, bytes] | None = None, base: str = "http://127.0.0.1/", *, md5: bool = True
) -> Source:
    """The source with a small grid; the files given, served below `base`, set the published MD5s."""
    entries = {
        one: {"urls": [base + one]} | ({"md5": hashlib.md5(data).hexdigest()} if md5 else {})
        for one, data in (files or {}).items()
    }
    table = {name: {"sizes": SIZES[name.removesuffix("_right")], "files": entries}}
    return apply_mirrors(SOURCES, table, "a test")[name]


def sprites(source: Source, seed: int = 0) -> np.ndarray:
    """(N, 64, 64) uint8 of 0 and 1."""
    return np.random.default_rng(seed).integers(0, 2, (source.grid.size, 64, 64), dtype=np.uint8)


def sprite_classes(source: Source) -> np.ndarray:
    """(N, 6) int64: the colour, always 0, and the classes of the grid."""
    classes = np.stack(np.unravel_index(np.arange(source.grid.size), source.grid.sizes), axis=1)
    return np.concatenate([np.zeros((len(classes), 1), np.int64), classes], axis=1)


def dsprites_npz(images: np.ndarray, classes: np.ndarray) -> bytes:
    """As published: compressed arrays, and metadata that must not be unpickled."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, imgs=images, latents_values=classes.astype(float), latents_classes=classes)
    with zipfile.ZipFile(buffer, "a") as archive:
        header = io.BytesIO()
        described = {"descr": "|O", "fortran_order": False, "shape": ()}
        np.lib.format.write_array_header_1_0(header, described)
        archive.writestr("metadata.npy", header.getvalue() + pickle.dumps(_Bomb()))
    return buffer.getvalue()


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise AssertionError('unpickled')",)


def dsprites_hdf5(images: np.ndarray, classes: np.ndarray) -> bytes:
    """As published: chunks of parts of very many images."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("imgs", data=images, chunks=(len(images) // 2, 2, 4), compression="gzip")
        file.create_dataset("latents/classes", data=classes)
        file.create_dataset("latents/values", data=classes.astype(float))
    return buffer.getvalue()


def cars(source: Source, seed: int = 0) -> dict[str, np.ndarray]:
    """The array of each car, (128, 128, 3, azimuths, elevations) uint8, smooth; names not in sorted order."""
    elevations, azimuths, count = source.grid.sizes
    rng = np.random.default_rng(seed)
    names = [f"car_{k:03d}_mesh" for k in rng.permutation(count * 3)[:count]]
    shape = (8, 8, 3, azimuths, elevations)
    coarse = {name: rng.integers(0, 256, shape, dtype=np.uint8) for name in names}
    return {name: one.repeat(16, axis=0).repeat(16, axis=1) for name, one in coarse.items()}


def cars3d_archive(
    arrays: Mapping[str, np.ndarray], listed: Sequence[str], *, modern: bool = False, folder: str = "cars"
) -> bytes:
    """As published: data/cars with list.txt and a MATLAB file for each car, and other things beside it."""
    contents = {"data/sprites/sprite_1.mat": b"no matter", "data/shapes48.mat": b"no matter"}
    for name, array in arrays.items():
        buffer = io.BytesIO()
        if modern:
            with h5py.File(buffer, "w", userblock_size=512) as file:
                file["im"] = array.T
            buffer.seek(0)
            buffer.write(b"MATLAB 7.3 MAT-file")
        else:
            savemat(buffer, {"im": array, "mask": array[..., 0, :, :]}, do_compression=True)
        contents[f"data/{folder}/{name}.mat"] = buffer.getvalue()
    contents[f"data/{folder}/list.txt"] = "".join(f"{name}\n" for name in listed).encode()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz", compresslevel=1) as tar:
        for place, content in contents.items():
            info = tarfile.TarInfo(place)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return archive.getvalue()


def norb_matrix(array: np.ndarray) -> bytes:
    """A packed matrix in the format of the NORB files."""
    magic = {"uint8": 0x1E3D4C55, "int32": 0x1E3D4C54}[array.dtype.name]
    dimensions = [*array.shape, *[1] * max(0, 3 - array.ndim)]
    header = struct.pack(f"<{2 + len(dimensions)}i", magic, array.ndim, *dimensions)
    return gzip.compress(header + array.tobytes(), 1, mtime=0)


def norb_images(source: Source, seed: int = 0) -> np.ndarray:
    """(N, 2, 96, 96) uint8 in the order of the grid: both cameras, smooth and with hard edges."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (source.grid.size, 2, 6, 6), dtype=np.uint8)
    return coarse.repeat(16, axis=2).repeat(16, axis=3)


def norb_files(source: Source, images: np.ndarray, seed: int = 0) -> dict[str, bytes]:
    """The six files: the images of each half in a random order, with what the matrices say of them."""
    classes = np.stack(np.unravel_index(np.arange(len(images)), source.grid.sizes), axis=1).astype(np.int32)
    testing = np.isin(classes[:, 1], (0, 1, 2, 3, 5))
    rng = np.random.default_rng(seed)
    files = {}
    for k, rows in enumerate((np.flatnonzero(~testing), np.flatnonzero(testing))):
        order = rng.permutation(rows)
        dat, cat, info = (file.name for file in source.files[3 * k : 3 * k + 3])
        files[dat] = norb_matrix(images[order])
        files[cat] = norb_matrix(classes[order, 0])
        files[info] = norb_matrix(classes[order, 1:] * np.array([1, 1, 2, 1], np.int32))
    return files

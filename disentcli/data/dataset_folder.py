"""The dataset folder (images.npy, meta.json, maybe factors.npy): its description, and how it is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import IO, Any

import numpy as np

from ..atomic_io import read_json
from ..errors import DisentError
from .checksums import check_sums
from .factors import FactorSpace

SCHEMA = 1


@dataclass(frozen=True)
class StoreSpec:
    """What a dataset folder holds: `count` uint8 images (H, W, C), or bit-packed rows of binary ones."""

    name: str
    shape: tuple[int, int, int]  # (C, H, W)
    count: int
    packed: bool = False
    factors: FactorSpace | None = None  # the images are its full grid in order, unless factors.npy says more
    source: str = ""
    licence: str = ""
    citation: str = ""

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape of one stored image: (H, W, C), or (bytes,) when packed."""
        channels, height, width = self.shape
        return (-(-prod(self.shape) // 8),) if self.packed else (height, width, channels)

    @property
    def row_bytes(self) -> int:
        """The bytes of one stored image."""
        return prod(self.row_shape)

    @property
    def image_bytes(self) -> int:
        """The bytes of all images, without the header of images.npy."""
        return self.count * self.row_bytes

    @property
    def identity(self) -> tuple[Any, ...]:
        """What must agree for two folders to hold the same images."""
        return (self.shape, self.count, self.packed, self.factors, self.source)

    def meta(self, sha256: str) -> dict[str, Any]:
        """The content of meta.json."""
        described = asdict(self) | {"schema": SCHEMA, "sha256": sha256, "shape": list(self.shape)}
        return described if self.factors is None else described | {"factors": asdict(self.factors)}

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any]) -> StoreSpec:
        """The description in a meta.json; KeyError, TypeError or ValueError if it is none."""
        if meta["schema"] != SCHEMA:
            raise ValueError(f"schema {meta['schema']!r}, this version reads {SCHEMA}")
        space = meta["factors"]
        channels, height, width = (int(side) for side in meta["shape"])
        return cls(
            name=str(meta["name"]),
            shape=(channels, height, width),
            count=int(meta["count"]),
            packed=bool(meta["packed"]),
            factors=space
            and FactorSpace(tuple(space["names"]), tuple(space["sizes"]), tuple(space["values"])),
            source=str(meta["source"]),
            licence=str(meta["licence"]),
            citation=str(meta["citation"]),
        )


@dataclass(frozen=True)
class Store:
    """An opened dataset folder; `images` are memory-mapped, read-only, (N, *row_shape) uint8."""

    folder: Path
    spec: StoreSpec
    sha256: str  # of the image bytes, as written
    images: np.ndarray
    factors: np.ndarray | None  # classes (N, F), for images that are no full grid

    @property
    def fingerprint(self) -> str:
        """16 digits that tell these images, and the factors that came with them, from others."""
        if self.factors is None:
            return self.sha256[:16]
        factors = np.ascontiguousarray(self.factors)
        content = f"{self.sha256} {factors.dtype} {factors.shape}".encode()
        return hashlib.sha256(content + factors.tobytes()).hexdigest()[:16]


def open_store(folder: str | Path, remedy: str, *, expected: StoreSpec | None = None) -> Store:
    """Open a dataset folder whose files are whole: sizes, a sample of the images and all else are checked.

    A folder of an earlier version, which has no sums, is read wholly once. Every DisentError (the folder is
    missing, damaged, foreign, or in shape, count, packing, factors or source not what is `expected`) says the
    `remedy`: "run `fig download-dataset 3ds`".
    """
    folder = Path(folder)
    if not (folder / "meta.json").is_file():
        raise DisentError(f"{folder.name} is not in {folder}: {remedy}")
    again = f"delete the folder {folder} and {remedy}"
    try:
        meta = read_json(folder / "meta.json")
        spec, sha256 = StoreSpec.from_meta(meta), str(meta["sha256"])
    except (KeyError, TypeError, ValueError, DisentError) as error:
        raise DisentError(f"{folder / 'meta.json'} is damaged or foreign ({error}); {again}") from error
    if expected is not None and spec.identity != expected.identity:
        raise DisentError(f"{folder} holds another version of this dataset; {again}")
    images = _map_images(folder / "images.npy", spec, again)
    factors = _load_factors(folder / "factors.npy", spec, again)
    check_sums(folder, meta, images.nbytes, again)
    return Store(folder, spec, sha256, images, factors)


def _map_images(path: Path, spec: StoreSpec, again: str) -> np.ndarray:
    """(N, *row_shape) uint8, mapped; the header and the size of the file are compared with `spec`."""
    expected = (spec.count, *spec.row_shape)
    try:
        with open(path, "rb") as file:
            shape, fortran, dtype = _read_header(file)
            start = file.tell()
    except Exception as error:  # NumPy's parser raises errors of several kinds
        raise DisentError(f"{path} is not a readable NPY file ({error}); {again}") from error
    if shape != expected or dtype != np.uint8 or fortran:
        raise DisentError(
            f"{path} holds {dtype} {shape}, not uint8 {expected} as its meta.json says; {again}"
        )
    missing = start + spec.image_bytes - path.stat().st_size
    if missing:
        amount = f"{abs(missing):,} bytes too {'short' if missing > 0 else 'long'}"
        raise DisentError(f"{path} is {amount}; {again}")
    return np.memmap(path, np.uint8, "r", start, expected)


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("not NPY version 1.0")
    return np.lib.format.read_array_header_1_0(file)


def _load_factors(path: Path, spec: StoreSpec, again: str) -> np.ndarray | None:
    if not path.exists():
        if spec.factors is not None and spec.factors.size != spec.count:
            raise DisentError(f"{path} is missing, and the {spec.count:,} images are no full grid; {again}")
        return None
    try:
        factors = np.load(path, allow_pickle=False)
    except Exception as error:  # NumPy's parser raises errors of several kinds
        raise DisentError(f"{path} is not a readable NPY file ({error}); {again}") from error
    if factors.ndim != 2 or len(factors) != spec.count:
        raise DisentError(
            f"{path} holds {factors.shape}, not one row for each of {spec.count:,} images; {again}"
        )
    return factors

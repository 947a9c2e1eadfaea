"""MNIST (LeCun, Cortes & Burges) and Fashion-MNIST (Xiao, Rasul & Vollgraf, 2017), read from their IDX files.

Each has 70,000 images of 28×28 pixels with one of ten classes, the last 10,000 the official test part.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...errors import DisentError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_info import DatasetInfo
from ..download.mirrors import find_source
from ..download.source import Source
from ..download.verify import WrongFile
from ..formats import idx
from ..formats.idx import read_idx
from .mnist_source import fashion, mnist

PARTS = ("train", "t10k")


class IdxImages(Dataset):
    """The images of four IDX files, zero-padded to 1×32×32 or as they are; the last two files are to test."""

    def __init__(self, root: str, source: Source, *, pad: bool) -> None:
        images, classes, tests = load(Path(root) / source.name, source)
        fingerprint, older = fingerprints(images, classes)
        if pad:
            images = np.pad(images, ((0, 0), (2, 2), (2, 2)))
        super().__init__(
            source.name,
            images,
            (1, *images.shape[1:]),
            labels=classes.astype(np.int64)[:, None],
            factor_names=source.factor_names,
            factor_sizes=source.factor_sizes,
            factor_values=source.factor_values,
            fingerprint=fingerprint,
            older_fingerprints=[older],
            source=", ".join(file.name for file in source.files),
            test_indices=np.arange(len(images) - tests, len(images)),
        )


@dataset("mnist")
class MNIST(IdxImages):
    """MNIST from its four IDX files (gzip or not), zero-padded to 1×32×32 or as it is; factor: the digit."""

    def __init__(self, root: str = "local_data", *, pad: bool = True) -> None:
        super().__init__(root, mnist(), pad=pad)

    @staticmethod
    def info(*, pad: bool) -> DatasetInfo:
        """The digits, (1, 32, 32), or (1, 28, 28) without padding."""
        return idx_info(mnist(), pad=pad)


@dataset("fashion")
class FashionMNIST(IdxImages):
    """Fashion-MNIST from its IDX files, zero-padded to 1×32×32 or as it is; factor: the class."""

    def __init__(self, root: str = "local_data", *, pad: bool = True) -> None:
        super().__init__(root, fashion(), pad=pad)

    @staticmethod
    def info(*, pad: bool) -> DatasetInfo:
        """The clothes, (1, 32, 32), or (1, 28, 28) without padding."""
        return idx_info(fashion(), pad=pad)


def idx_info(source: Source, *, pad: bool) -> DatasetInfo:
    """What such a source is: images (1, 32, 32), or (1, 28, 28) without padding."""
    side = 32 if pad else 28
    return replace(source.info(), shape=(1, side, side))


def fingerprints(images: np.ndarray, classes: np.ndarray) -> tuple[str, str]:
    """16 digits that tell images and classes from others, and those of the images alone, as once."""
    checksum = hashlib.sha256(images.data)
    older = checksum.hexdigest()[:16]
    checksum.update(classes.data)
    return checksum.hexdigest()[:16], older


def load(folder: Path, source: Source) -> tuple[np.ndarray, np.ndarray, int]:
    """All images (N, 28, 28) and classes (N,), training ones first, and how many there are to test on.

    Raises:
        DisentError: files are missing or damaged.
    """
    remedy = f"run `fig download-dataset {source.call}`"
    images = [read_idx(_find(folder, f"{part}-images-idx3-ubyte", source.remedy), 3) for part in PARTS]
    classes = [read_idx(_find(folder, f"{part}-labels-idx1-ubyte", source.remedy), 1) for part in PARTS]
    for part, pictures, labels in zip(PARTS, images, classes, strict=True):
        if pictures.shape[1:] != (28, 28) or len(pictures) != len(labels) or labels.max(initial=0) > 9:
            raise DisentError(
                f"{part}-images in {folder} holds {pictures.shape} and {part}-labels {labels.shape} up to "
                f"{labels.max(initial=0)}: not images of 28×28 with one of ten classes each; {remedy}"
            )
    if sum(map(len, images)) == source.count:  # the published number, no selection of one's own
        _check_plain(folder, find_source(source.name), remedy)
    return np.concatenate(images), np.concatenate(classes), len(images[1])


def _check_plain(folder: Path, source: Source, remedy: str) -> None:
    """Compare the files that are not packed, and so have no checksum inside, with the published MD5s."""
    for file in source.files:
        path = _find(folder, idx.plain_name(file), remedy)
        if idx.is_packed(path):
            continue
        try:
            idx.check(path, source, file)
        except WrongFile as error:
            raise DisentError(f"{path} is damaged: {error}; {remedy}") from error


def _find(folder: Path, name: str, remedy: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DisentError(f"{name} (or {name}.gz) is not in {folder}: {remedy}")

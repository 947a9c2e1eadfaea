"""MNIST (LeCun, Cortes & Burges): 70,000 handwritten digits, the last 10,000 the official test set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DisentError
from ..registry import dataset
from .card import Card
from .dataset import Dataset
from .download.sources import MNIST as SOURCE
from .idx import read_idx

REMEDY = "run `fig download-dataset mnist`"
PARTS = ("train", "t10k")


@dataset("mnist")
class MNIST(Dataset):
    """MNIST from its four IDX files (gzip or not), zero-padded to 1×32×32 or as it is; factor: the digit."""

    def __init__(self, root: str = "local_data", *, pad: bool = True) -> None:
        images, digits, tests = load(Path(root) / "mnist")
        fingerprint = hashlib.sha256(images.data).hexdigest()[:16]
        if pad:
            images = np.pad(images, ((0, 0), (2, 2), (2, 2)))
        super().__init__(
            "mnist",
            images,
            (1, *images.shape[1:]),
            labels=digits.astype(np.int64)[:, None],
            factor_names=("digit",),
            factor_sizes=(10,),
            fingerprint=fingerprint,
            test_indices=np.arange(len(images) - tests, len(images)),
        )

    @staticmethod
    def card(options: Mapping[str, Any]) -> Card:
        """The digits, (1, 32, 32), or (1, 28, 28) without padding."""
        side = 32 if options.get("pad", True) else 28
        return Card(
            title=SOURCE.title,
            shape=(1, side, side),
            count=70_000,
            factor_names=("digit",),
            factor_sizes=(10,),
            factor_values=(tuple(float(digit) for digit in range(10)),),
            licence=SOURCE.licence,
            citation=SOURCE.citation,
            homepage=SOURCE.homepage,
            folder=SOURCE.name,
            disk=sum(file.planned for file in SOURCE.files),
            obtain=f"fig download-dataset {SOURCE.call}",
        )


def load(folder: Path) -> tuple[np.ndarray, np.ndarray, int]:
    """All images (N, 28, 28) and digits (N,), training ones first, and how many there are to test on."""
    images = [read_idx(_find(folder, f"{part}-images-idx3-ubyte"), 3) for part in PARTS]
    digits = [read_idx(_find(folder, f"{part}-labels-idx1-ubyte"), 1) for part in PARTS]
    for part, pictures, labels in zip(PARTS, images, digits, strict=True):
        if pictures.shape[1:] != (28, 28) or len(pictures) != len(labels) or labels.max(initial=0) > 9:
            raise DisentError(
                f"{part}-images in {folder} holds {pictures.shape} and {part}-labels {labels.shape} up to "
                f"{labels.max(initial=0)}: not images of 28×28 with one digit each; {REMEDY}"
            )
    return np.concatenate(images), np.concatenate(digits), len(images[1])


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DisentError(f"{name} (or {name}.gz) is not in {folder}: {REMEDY}")

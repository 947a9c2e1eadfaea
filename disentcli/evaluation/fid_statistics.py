"""Feature statistics of the real images of a dataset's part: computed once, stored beside the data."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from ..atomic_io import atomic_file
from ..data.dataset import Dataset
from ..data.dataset_lock import exclusive
from ..data.splits.splits import subsample_evenly
from ..metrics.fid import FeatureStatistics, moments_of

FOLDER = "fid-statistics"
SCHEMA = 1
PROBED = 64  # images whose pixels are a part of the key
READ = 500  # images gathered at a time


class FeatureNetwork(Protocol):
    """Features (B, dimension) of images (B, C, H, W) in [0, 1], and what tells them from others."""

    dimension: int

    @property
    def identity(self) -> dict[str, str | int]:
        """What a reader must know to compare distances of these features with others."""
        ...

    def __call__(self, images: Tensor) -> Tensor:
        """The features (B, dimension)."""
        ...


@dataclass(frozen=True)
class StatisticsStore:
    """The files of statistics below a folder of data: `<folder>/fid-statistics/3ds-val-2048-….npz`.

    A file is named after the fingerprint of the data, the indices, the pixels of some of the images, and the
    features with their weights; all of these stand in it, and one that says otherwise is not used. Unless
    `quiet`, a line on stderr says what takes time and what went wrong.
    """

    dataroot: Path
    quiet: bool = False

    def of(
        self, dataset: Dataset, indices: np.ndarray, part: str, features: FeatureNetwork, batch_size: int
    ) -> FeatureStatistics:
        """The statistics of these images, read where they are stored, else computed and stored.

        Raises:
            Unsupported: the data are no images, or fewer than two.
        """
        indices = np.sort(indices)

        def compute() -> FeatureStatistics:
            self._say(f"statistics of {len(indices):,} real images of {dataset.name}, {part}: computing them")
            batches = _batches(dataset, indices)
            return FeatureStatistics.of(moments_of(batches, features, features.dimension, batch_size))

        if not dataset.fingerprint or len(dataset.shape) != 3:
            return compute()
        key = _key(dataset, indices, features)
        path = self.dataroot / FOLDER / _file_name(dataset, part, features, key)
        found = self._read(path, key)
        return self._obtain(path, key, compute) if found is None else found

    def _obtain(self, path: Path, key: str, compute: Callable[[], FeatureStatistics]) -> FeatureStatistics:
        """Compute and store them, unless another process does so meanwhile."""
        if not _writable(path.parent):
            self._say(f"{path.parent} may not be written: the statistics are not kept")
            return compute()
        with exclusive(path):
            found = self._read(path, key)
            if found is None:
                found = compute()
                _write(path, key, found)
                self._say(f"statistics: {path}")
        return found

    def _read(self, path: Path, key: str) -> FeatureStatistics | None:
        """What is stored there; None where there is nothing, or nothing whole."""
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as stored:
                found = FeatureStatistics(int(stored["count"]), stored["mean"], stored["covariance"])
                whole = str(stored["sha256"]) == _sha256(found) and str(stored["key"]) == key
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            self._say(f"{path} is damaged ({type(error).__name__}): the statistics are computed again")
            return None
        if not whole:
            self._say(f"{path} is damaged or of other data: the statistics are computed again")
            return None
        return found

    def _say(self, line: str) -> None:
        if not self.quiet:
            print(line, file=sys.stderr, flush=True)


def _write(path: Path, key: str, found: FeatureStatistics) -> None:
    with atomic_file(path) as file:
        np.savez(
            file,
            key=np.array(key),
            count=np.array(found.count),
            mean=found.mean,
            covariance=found.covariance,
            sha256=np.array(_sha256(found)),
        )


def _key(dataset: Dataset, indices: np.ndarray, features: FeatureNetwork) -> str:
    """Everything that the statistics depend on, as JSON."""
    probed = next(_batches(dataset, subsample_evenly(indices, PROBED)))
    pixels = np.ascontiguousarray(probed.cpu().numpy())
    told: dict[str, Any] = {
        "schema": SCHEMA,
        "data": dataset.name,
        "fingerprint": dataset.fingerprint,
        "shape": list(dataset.shape),
        "images": len(indices),
        "indices": hashlib.sha256(indices.astype("<i8").tobytes()).hexdigest(),
        "pixels": hashlib.sha256(pixels.astype("<f4").tobytes()).hexdigest(),
        **features.identity,
    }
    return json.dumps(told, sort_keys=True)


def _file_name(dataset: Dataset, part: str, features: FeatureNetwork, key: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return f"{dataset.name.replace('/', '-')}-{part}-{features.dimension}-{digest}.npz"


def _sha256(found: FeatureStatistics) -> str:
    checksum = hashlib.sha256(str(found.count).encode())
    for array in (found.mean, found.covariance):
        checksum.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return checksum.hexdigest()


def _batches(dataset: Dataset, indices: np.ndarray) -> Iterator[Tensor]:
    for start in range(0, len(indices), READ):
        part = torch.from_numpy(np.array(indices[start : start + READ], dtype=np.int64))
        yield dataset.batch(part.to(dataset.index_device))


def _writable(folder: Path) -> bool:
    """Whether files can be put into this folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)

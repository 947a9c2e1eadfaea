"""The dataset that every part works on: images or vectors gathered a batch at a time, and their factors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import CallError
from .factors import FactorSpace
from .residence import Resident, Rows
from .store import Store


class Dataset:
    """N images (C, H, W), stored as uint8 (N, H, W, C) or bit-packed, or N float32 vectors (N, D).

    `rows` may be memory-mapped. `factor_space` says that the images are a full grid in its order; otherwise
    `labels` (N, F) are their factors: classes (int64), or real numbers with size 0 in `factor_sizes`.
    `test_indices` is the official or separate test part, if there is one.
    """

    def __init__(
        self,
        name: str,
        rows: np.ndarray,
        shape: tuple[int, ...],
        *,
        packed: bool = False,
        factor_space: FactorSpace | None = None,
        labels: np.ndarray | None = None,
        factor_names: Sequence[str] = (),
        factor_sizes: Sequence[int] = (),
        fingerprint: str = "",
        test_indices: np.ndarray | None = None,
    ) -> None:
        self.name = name
        self.shape = tuple(shape)
        self.packed = packed
        self.factor_space = factor_space
        self.factor_names = factor_space.names if factor_space else tuple(factor_names)
        self.factor_sizes = factor_space.sizes if factor_space else tuple(factor_sizes)
        self.fingerprint = fingerprint
        self.test_indices = test_indices
        self._labels = labels
        self._rows = Rows(rows)

    @staticmethod
    def shape_of(options: Mapping[str, Any]) -> tuple[int, ...]:
        """The shape that the dataset has with these options, told without its files."""
        raise CallError("the shape of this dataset is known only once its files are there")

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def device(self) -> torch.device:
        """Where batches come."""
        return self._rows.device

    @property
    def resident(self) -> Resident:
        """Where the images are kept."""
        return self._rows.resident

    @property
    def index_device(self) -> torch.device:
        """Where indices should live, so that `batch` neither copies them nor waits."""
        return self._rows.index_device

    def to(self, device: torch.device | str, resident: Resident | None = None) -> Dataset:
        """Give batches on `device`, with the images in RAM, on the device or on disk (see `Rows.place`)."""
        self._rows.place(device, resident)
        return self

    def batch(self, indices: Tensor) -> Tensor:
        """Images (B, C, H, W) in [0, 1], or vectors (B, D), float32 on `device`, of int64 `indices` (B,).

        Images lie channels last in memory, as they are stored and as convolutions are fastest.
        """
        rows = self._rows.gather(indices)
        if rows.dtype == torch.float32:
            return rows
        channels, height, width = self.shape
        pixels = _unpack(rows, prod(self.shape)) if self.packed else rows
        images = pixels.reshape(-1, height, width, channels).permute(0, 3, 1, 2).float()
        return images if self.packed else images.div_(255)

    def factors(self, indices: np.ndarray | None = None) -> np.ndarray:
        """Factors (N, F) of `indices`, or of all: int64 classes, or real numbers where continuous."""
        if self.factor_space is not None:
            return self.factor_space.factors(np.arange(len(self)) if indices is None else indices)
        if self._labels is None:
            return np.zeros((len(self) if indices is None else len(indices), 0), dtype=np.int64)
        return self._labels if indices is None else self._labels[np.asarray(indices)]


class StoredDataset(Dataset):
    """A dataset over an opened dataset folder: a full grid, or images with the factors of each."""

    def __init__(self, store: Store, name: str, *, test_indices: np.ndarray | None = None) -> None:
        space = store.spec.factors
        super().__init__(
            name,
            store.images,
            store.spec.shape,
            packed=store.spec.packed,
            factor_space=space if store.factors is None else None,
            labels=store.factors,
            factor_names=space.names if space else (),
            factor_sizes=space.sizes if space else (),
            fingerprint=store.sha256[:16],
            test_indices=test_indices,
        )


def _unpack(rows: Tensor, pixels: int) -> Tensor:
    """(B, pixels) of 0 and 1 from rows (B, bytes) packed as numpy.packbits does, the first pixel highest."""
    shifts = torch.arange(7, -1, -1, dtype=torch.uint8, device=rows.device)
    return rows.unsqueeze(-1).bitwise_right_shift(shifts).bitwise_and_(1).flatten(1)[:, :pixels]

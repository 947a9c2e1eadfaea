"""The dataset that every part works on: images or vectors gathered a batch at a time, and their factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np
import torch
import torch.utils.data
from torch import Tensor

from ..errors import CallError
from .dataset_folder import Store
from .factors import FactorSpace, Values
from .storage import Resident, RowStore

_SHARED = (
    *("name", "shape", "packed", "grid", "factor_space", "factor_names", "factor_sizes", "factor_values"),
    *("fingerprint", "older_fingerprints", "source", "test_indices", "val_indices"),
    *("_labels", "_stored_shape", "_rows"),
)


class Dataset(torch.utils.data.Dataset[tuple[Tensor, Tensor]]):
    """N images (C, H, W), stored as uint8 (N, H, W, C) or bit-packed, or N float32 vectors (N, D).

    `rows` may be memory-mapped. A `grid` says that the images are a full grid in its order, of which the
    `hidden` factors are not shown: `factor_space` is the rest. Otherwise `labels` (N, F) are the factors:
    classes (int64), or real numbers with size 0 in `factor_sizes`. `test_indices` and `val_indices` are
    official or separate parts, if there are any.

    The `fingerprint` tells these data, factors included, from others; `older_fingerprints` are those that
    earlier versions made, of less. `source` says which files the images came from.

    For PyTorch's own loaders `dataset[i]` is an image and its factors; training takes batches at once.
    """

    num_views = 1  # images in an item of a batch
    shared_factors: tuple[str, ...] = ()  # in which all views of any item agree, by construction
    worked_out: Mapping[str, Any] = MappingProxyType({})  # arguments that the data gave, for the run's config
    category_argument = "category"  # which of a class's arguments --cat gives, where it has that argument

    def __init__(
        self,
        name: str,
        rows: np.ndarray,
        shape: tuple[int, ...],
        *,
        packed: bool = False,
        grid: FactorSpace | None = None,
        hidden: Sequence[str] = (),
        labels: np.ndarray | None = None,
        factor_names: Sequence[str] = (),
        factor_sizes: Sequence[int] = (),
        factor_values: Sequence[Values] = (),
        fingerprint: str = "",
        older_fingerprints: Sequence[str] = (),
        source: str = "",
        test_indices: np.ndarray | None = None,
        val_indices: np.ndarray | None = None,
    ) -> None:
        self.name = name
        self.shape = tuple(shape)
        self.packed = packed
        self.grid = grid
        self.factor_space = grid and grid.without(hidden)
        shown = self.factor_space
        self.factor_names = shown.names if shown else tuple(factor_names)
        self.factor_sizes = shown.sizes if shown else tuple(factor_sizes)
        self.factor_values = shown.values if shown else tuple(factor_values)
        self.fingerprint = fingerprint
        self.older_fingerprints = tuple(older_fingerprints)
        self.source = source
        self.test_indices = test_indices
        self.val_indices = val_indices
        self._labels = labels
        self._stored_shape = self.shape  # a subclass may show other images than those it stores
        self._rows = RowStore(rows)

    def _share(self, other: Dataset) -> None:
        """Use the images, factors and official parts of another dataset; moving one moves both."""
        for name in _SHARED:
            setattr(self, name, getattr(other, name))

    def set_allowed(self, allowed: np.ndarray) -> None:
        """Let a view put only images of `allowed` (sorted indices) beside an item's own; else ignored."""

    @property
    def images(self) -> Dataset:
        """The dataset of single images, which evaluation looks at."""
        return self

    def view_dataset(self, view: int) -> Dataset:
        """The dataset of single images that shows what is view number `view` of an item."""
        return self.images

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def device(self) -> torch.device:
        """The device on which batches are returned."""
        return self._rows.device

    @property
    def resident(self) -> Resident:
        """Where the images are kept: `ram`, `device` or `disk`."""
        return self._rows.resident

    @property
    def index_device(self) -> torch.device:
        """Where indices should live, so that `batch` neither copies them nor waits."""
        return self._rows.index_device

    def to(self, device: torch.device | str, resident: Resident | None = None) -> Dataset:
        """Give batches on `device`, with the images in RAM, there or on disk (see `RowStore.move_to`)."""
        self._rows.move_to(device, resident)
        return self

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Image (C, H, W) or vector (D,), as `batch` gives it, and its factors (F,).

        Raises:
            IndexError: there is no such item.
        """
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
        """The items at these places, gathered at once, as a DataLoader asks for the items of a batch.

        Raises:
            IndexError: one of them is not there.
        """
        count, places = len(self), np.array(indices, dtype=np.int64)
        if ((places < -count) | (places >= count)).any():
            raise IndexError(f"the dataset has the items 0 to {count - 1}")
        places[places < 0] += count
        factors = torch.from_numpy(np.array(self.factors(places)))
        return list(zip(self.batch(places), factors, strict=True))

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return (self[index] for index in range(len(self)))

    def batch(self, indices: Tensor | np.ndarray | Sequence[int], draw_step: int = 0) -> Tensor:
        """Images (B, C, H, W) in [0, 1], or vectors (B, D), float32 on `device`, of int64 `indices` (B,).

        Images lie channels last in memory, as they are stored and as convolutions are fastest. Whatever is
        drawn at random (colours, partners) follows from index and `draw_step`: the step of training,
        counted from 1, or 0 for evaluation. With several `views` the images are (B, V, C, H, W).
        """
        if not isinstance(indices, Tensor):
            indices = torch.from_numpy(np.asarray(indices, dtype=np.int64))
        return self._batch(indices, draw_step)

    def _batch(self, indices: Tensor, draw_step: int) -> Tensor:
        """What `batch` gives; subclasses that show other images than they store replace this."""
        rows = self._rows.gather(indices)
        if rows.dtype == torch.float32:
            return rows
        channels, height, width = self._stored_shape
        pixels = _unpack(rows, prod(self._stored_shape)) if self.packed else rows
        images = pixels.reshape(-1, height, width, channels).permute(0, 3, 1, 2).float()
        return images if self.packed else images.div_(255)

    def factors(self, indices: np.ndarray | None = None) -> np.ndarray:
        """Factors (N, F) of `indices`, or of all: int64 classes, or real numbers where continuous."""
        if self.grid is not None and self.factor_space is not None:
            classes = self.grid.factors(np.arange(len(self)) if indices is None else indices)
            if self.grid is self.factor_space:
                return classes
            return classes[:, [self.grid.position(name) for name in self.factor_names]]
        if self._labels is None:
            return np.zeros((len(self) if indices is None else len(indices), 0), dtype=np.int64)
        return self._labels if indices is None else self._labels[np.asarray(indices)]

    def item_factors(self, indices: Tensor, draw_step: int = 0) -> Tensor:
        """Factors (B, V, F) of the images of `batch`, as `factors` gives them; −1 where not shown."""
        found = torch.from_numpy(np.array(self.factors(indices.cpu().numpy())))
        return found.to(indices.device)[:, None]

    def find(self, factors: np.ndarray, rng: np.random.Generator | np.random.RandomState) -> np.ndarray:
        """Places (N,) of images with these shown factors (N, F) of a grid; hidden ones are drawn."""
        if self.grid is None:
            raise CallError(f"{self.name} is no full grid of factors: its images cannot be found by factors")
        if self.grid is self.factor_space:
            return self.grid.index(factors)
        whole = np.empty((len(factors), len(self.grid.names)), dtype=np.int64)
        for k, (name, size) in enumerate(zip(self.grid.names, self.grid.sizes, strict=True)):
            if name in self.factor_names:
                whole[:, k] = factors[:, self.factor_names.index(name)]
            elif isinstance(rng, np.random.RandomState):
                whole[:, k] = rng.randint(size, size=len(factors))
            else:
                whole[:, k] = rng.integers(size, size=len(factors))
        return self.grid.index(whole)


class StoredDataset(Dataset):
    """A dataset over an opened dataset folder: a full grid, or images with the factors of each."""

    def __init__(
        self,
        store: Store,
        name: str,
        *,
        hidden: Sequence[str] = (),
        test_indices: np.ndarray | None = None,
        val_indices: np.ndarray | None = None,
    ) -> None:
        space = store.spec.factors
        super().__init__(
            name,
            store.images,
            store.spec.shape,
            packed=store.spec.packed,
            grid=space if store.factors is None else None,
            hidden=hidden,
            labels=store.factors,
            factor_names=space.names if space else (),
            factor_sizes=space.sizes if space else (),
            factor_values=space.values if space else (),
            fingerprint=store.sha256[:16],
            source=store.spec.source,
            test_indices=test_indices,
            val_indices=val_indices,
        )


def _unpack(rows: Tensor, pixels: int) -> Tensor:
    """(B, pixels) of 0 and 1 from rows (B, bytes) packed as numpy.packbits does, the first pixel highest."""
    shifts = torch.arange(7, -1, -1, dtype=torch.uint8, device=rows.device)
    return rows.unsqueeze(-1).bitwise_right_shift(shifts).bitwise_and_(1).flatten(1)[:, :pixels]

"""Look-up tables of views, as tensors on the device of the indices: factors of images, images by group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from ..counter_rng import CounterRNG
from ..dataset import Dataset

AnyTables = TypeVar("AnyTables", bound="IndexTables")


@dataclass(frozen=True)
class IndexTables:
    """Look-up tables: a frozen dataclass of tensors (and other values) that are moved together."""

    def to(self: AnyTables, device: torch.device | str) -> AnyTables:
        """The same tables on `device`."""
        moved = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **moved)


@dataclass(frozen=True)
class GridFactors(IndexTables):
    """The factors of a grid's images, computed from their places."""

    sizes: Tensor  # (F,)
    strides: Tensor  # (F,)

    def __call__(self, indices: Tensor) -> Tensor:
        """Factor classes (…, F) of images, by their indices (…) in the grid."""
        return indices[..., None].div(self.strides, rounding_mode="floor") % self.sizes


@dataclass(frozen=True)
class ListedFactors(IndexTables):
    """The factors of images that are no grid, looked up."""

    labels: Tensor  # (N, F)

    def __call__(self, indices: Tensor) -> Tensor:
        """Factors (…, F) of images, by their indices (…)."""
        return self.labels[indices]


def factors_of(dataset: Dataset) -> GridFactors | ListedFactors:
    """The shown factors of a dataset's images, for tensors of indices."""
    if dataset.grid is None:
        return ListedFactors(torch.from_numpy(np.array(dataset.factors())))
    shown = [dataset.grid.position(name) for name in dataset.factor_names]
    sizes = torch.tensor(dataset.grid.sizes)
    return GridFactors(sizes[shown], strides(sizes)[shown])


def strides(sizes: Tensor) -> Tensor:
    """How far apart in a row-major grid the neighbours along each factor are (F,)."""
    return sizes.flip(0).cumprod(0).flip(0) // sizes


@dataclass(frozen=True)
class GroupIndex(IndexTables):
    """Images in groups; another image of an image's group is drawn by two look-ups."""

    groups: Tensor  # (N,) the group of every image
    counts: Tensor  # (G,) allowed images of each group
    starts: Tensor  # (G,) where they begin in `members`
    members: Tensor  # (M,) the allowed images, group by group

    @classmethod
    def of(cls, classes: np.ndarray, allowed: np.ndarray) -> GroupIndex:
        """Images with the same classes (N, K) are a group; only the `allowed` images (M,) are drawn."""
        groups = _numbered(classes)
        counts = np.bincount(groups[allowed], minlength=groups.max(initial=0) + 1)
        members = allowed[np.argsort(groups[allowed], kind="stable")]
        return cls(*map(torch.from_numpy, (groups, counts, np.cumsum(counts) - counts, members)))

    def draw(self, rng: CounterRNG, tries: int) -> Tensor:
        """(B, tries) allowed images of each image's group, uniform; the image itself where there is none."""
        groups = self.groups[rng.indices]
        count = self.counts[groups][:, None]
        place = self.starts[groups][:, None] + rng.integers(count.expand(-1, tries))
        members = self.members[place.clamp(max=len(self.members) - 1)]
        return torch.where(count > 0, members, rng.indices[:, None])


def _numbered(classes: np.ndarray) -> np.ndarray:
    """(N,) numbers below 2N of the rows of (N, K), equal where the rows are."""
    numbers = np.zeros(len(classes), dtype=np.int64)
    for column in classes.T:
        least, most = (int(bound) for bound in (column.min(initial=0), column.max(initial=0)))
        numbers = numbers * (most - least + 1) + (column - least)
        if numbers.max(initial=0) >= 2 * len(numbers):
            numbers = np.unique(numbers, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return numbers

"""The base of all views: datasets whose items are several images of another dataset."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from ...device import move
from ...errors import CallError
from ..counter_rng import CounterRNG
from ..dataset import Dataset
from ..factors import FactorSpace
from ..storage import Resident
from .index_tables import IndexTables, factors_of

AnyView = TypeVar("AnyView", bound="View")


@dataclass(frozen=True)
class ViewIndices:
    """The images of a batch of B items with V views each, and which of the F shown factors differ in each."""

    indices: Tensor  # (B, V) int64, the item's own image first
    changed: Tensor  # (B, F) bool


class View(Dataset, ABC):
    """A dataset whose items are several images: each image, and others drawn to go with it.

    Draws are a pure function of (seed, index, step). Images that go with another come only from those that
    `set_allowed` allows, at first all.
    """

    num_views = 2

    def __init__(self, dataset: Dataset, *, seed: int = 0) -> None:
        if dataset.num_views != 1:
            raise CallError(
                f"{dataset.name} gives {dataset.num_views} images an item already: leave the view out"
            )
        self._share(dataset)
        self._images = dataset
        self.seed = seed
        self.factors_at = factors_of(dataset)
        self.set_allowed(np.arange(len(dataset)))

    @property
    def images(self) -> Dataset:
        """The dataset whose images the items are made of."""
        return self._images

    def set_allowed(self, allowed: np.ndarray) -> None:
        """Draw only images of `allowed`, sorted indices, from now on. CallError if there are none."""
        if not len(allowed):
            raise CallError(f"the view of {self.name} has no images to draw from")
        self._build_tables(np.asarray(allowed, dtype=np.int64))
        self._move_tables()

    def to(self: AnyView, device: torch.device | str, resident: Resident | None = None) -> AnyView:
        """Give batches on `device`; the look-up tables go where indices are."""
        self._images.to(device, resident)
        self._move_tables()
        return self

    def draw(self, indices: Tensor, draw_step: int = 0) -> ViewIndices:
        """The images that go with each of `indices` (B,) at this step."""
        return self._draw(CounterRNG(self.seed, move(indices, self.index_device), draw_step))

    def _batch(self, indices: Tensor, draw_step: int) -> Tensor:
        """Images (B, V, C, H, W) in [0, 1], or vectors (B, V, D), gathered at once."""
        drawn = self.draw(indices, draw_step).indices
        return self._images.batch(drawn.flatten(), draw_step).unflatten(0, (-1, self.num_views))

    def factors(self, indices: np.ndarray | None = None) -> np.ndarray:
        """Factors (N, F) of the items' own images."""
        return self._images.factors(indices)

    def item_factors(self, indices: Tensor, draw_step: int = 0) -> Tensor:
        """Factors (B, V, F) of all images of the items."""
        return self.factors_at(self.draw(indices, draw_step).indices)

    @abstractmethod
    def _build_tables(self, allowed: np.ndarray) -> None:
        """Build the look-up tables that draw only these images."""

    @abstractmethod
    def _draw(self, rng: CounterRNG) -> ViewIndices:
        """The draw itself, by index arithmetic."""

    def _differences(self, pairs: Tensor) -> Tensor:
        """(B, F): which shown factors of two images (B, 2) differ."""
        factors = self.factors_at(pairs)
        return factors[:, 0] != factors[:, 1]

    def _move_tables(self) -> None:
        for name, value in list(vars(self).items()):
            if isinstance(value, IndexTables):
                setattr(self, name, value.to(self.index_device))


def grid_of(dataset: Dataset, view: str) -> FactorSpace:
    """The full grid of factors that a view needs; CallError if the dataset is none."""
    if dataset.grid is None:
        raise CallError(f"view {view} needs a full grid of factors, {dataset.name} is none; `pairs` does not")
    return dataset.grid

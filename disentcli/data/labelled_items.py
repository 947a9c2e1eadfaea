"""Batches of items with the factors of their images, for methods that learn from these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils import _pytree as pytree

from ..device import move
from ..errors import CallError
from .dataset import Dataset
from .views.index_tables import factors_of
from .views.view import View


@dataclass(frozen=True)
class LabelledItems:
    """Items of a batch, the factors of their V images (1 without a view), and which of these a view changed.

    A pytree of tensors, so that a step with them is compiled and captured as one with images alone.
    """

    observations: Tensor  # (B, *shape), or (B, V, *shape)
    factors: Tensor  # (B, V, F) int64 classes, or real numbers
    changed: Tensor  # (B, F) bool: in which factors the images of an item were made to differ

    def __len__(self) -> int:
        return len(self.observations)

    def __getitem__(self, part: slice) -> LabelledItems:
        """Some of the items."""
        return LabelledItems(self.observations[part], self.factors[part], self.changed[part])

    @property
    def device(self) -> torch.device:
        """Where all of it is."""
        return self.observations.device


Batch = Tensor | LabelledItems  # as `item_reader` gives it: images alone, or with their factors

pytree.register_pytree_node(
    LabelledItems,
    lambda items: ([items.observations, items.factors, items.changed], None),
    lambda parts, _: LabelledItems(*parts),
)


def observations_of(items: Any) -> Tensor:
    """The observations of a batch (B, …), with their factors or without."""
    return items.observations if isinstance(items, LabelledItems) else items


def example_items(shape: tuple[int, ...], factors: int, device: torch.device | str) -> LabelledItems:
    """Two images of zeros whose factors are all of class 0."""
    return LabelledItems(
        torch.zeros(2, *shape, device=device),
        torch.zeros(2, 1, factors, dtype=torch.int64, device=device),
        torch.zeros(2, factors, dtype=torch.bool, device=device),
    )


class LabelledItemReader:
    """Reads items with their factors from a dataset; what a view draws, it draws once for both."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._factors_at: Callable[[Tensor], Tensor] | None = None
        if isinstance(dataset, View) or type(dataset).item_factors is Dataset.item_factors:
            self._factors_at = factors_of(dataset.images).to(dataset.index_device)

    def batch(self, indices: Tensor, draw_step: int = 0) -> LabelledItems:
        """The items of int64 `indices` (B,), on the dataset's device; see `Dataset.batch` for `draw_step`."""
        dataset, device = self.dataset, self.dataset.device
        indices = move(indices, dataset.index_device)
        if isinstance(dataset, View):
            drawn = dataset.draw(indices, draw_step)
            images = dataset.images.batch(drawn.indices.flatten(), draw_step)
            observations = images.unflatten(0, (-1, dataset.num_views))
            factors, changed = self._factors(drawn.indices, draw_step), drawn.changed
        else:
            observations = dataset.batch(indices, draw_step)
            factors = self._factors(indices, draw_step)
            changed = torch.zeros(len(factors), factors.shape[2], dtype=torch.bool, device=factors.device)
        moved = (move(one, device) for one in (factors, changed))
        return LabelledItems(observations, *moved)

    def _factors(self, indices: Tensor, draw_step: int) -> Tensor:
        """Factors (B, V, F) of the images (B,) or (B, V)."""
        if self._factors_at is None:
            return self.dataset.item_factors(indices, draw_step)
        found = self._factors_at(indices)
        return found if indices.ndim == 2 else found[:, None]


def item_reader(dataset: Dataset, *, with_factors: bool) -> Callable[[Tensor, int], Any]:
    """What reads a batch of items, by indices (B,) and draw step: a tensor, or `LabelledItems`."""
    return LabelledItemReader(dataset).batch if with_factors else dataset.batch


def check_labels(reader: str, dataset: Dataset) -> None:
    """CallError unless the images of the dataset have factors, which `reader` learns from."""
    if not dataset.factor_names:
        raise CallError(
            f"{reader} learns from the factors of images, those of {dataset.name} have none; take data with "
            "factors (`fig list datasets`)"
        )

"""The true image of what a relation makes of one: the entity is another, all else is the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

Classes = Sequence[Sequence[int]]


class TargetImages:
    """Finds images of other entities with the same nuisance factors, hidden ones too.

    The place of a class in its bin stays: class p of m in a bin becomes class ⌊p·n / m⌋ of n. Images are
    known by their factors where these are discrete and tell all images apart, as on a full grid.
    """

    def __init__(self, dataset: Any, entities: Any) -> None:
        self.dataset, self.entities = dataset, entities
        self.names = dataset.factor_names if dataset.grid is None else dataset.grid.names
        self.sizes = dataset.factor_sizes if dataset.grid is None else dataset.grid.sizes
        self._table = None if dataset.grid is not None else _unique_keys(dataset)

    @property
    def known(self) -> bool:
        """Whether images are known by their factors."""
        return self.dataset.grid is not None or self._table is not None

    def find(self, indices: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """The images (N,) that differ from those at `indices` (N,) in that they show entities `targets` (N,).

        −1 where there is no such image, or where an entity is −1.
        """
        if not self.known:
            return np.full(len(indices), -1)
        factors = np.array(self._factors(indices))
        bins = np.stack(np.unravel_index(targets.clip(0), self.entities.sizes), axis=1)
        for place, (name, classes) in enumerate(zip(self.entities.names, self.entities.classes, strict=True)):
            column = list(self.names).index(name)
            factors[:, column] = move_to_bins(factors[:, column], bins[:, place], classes)
        return np.where(targets < 0, -1, self._index(factors))

    def _factors(self, indices: np.ndarray) -> np.ndarray:
        if self.dataset.grid is not None:
            return np.asarray(self.dataset.grid.factors(indices))
        return np.asarray(self.dataset.factors(indices), dtype=np.int64)

    def _index(self, factors: np.ndarray) -> np.ndarray:
        if self._table is None:
            return np.asarray(self.dataset.grid.index(factors))
        keys, order = self._table
        wanted = np.ravel_multi_index(tuple(factors.T), self.sizes)
        places = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
        return np.where(keys[places] == wanted, order[places], -1)


def move_to_bins(classes: np.ndarray, bins: np.ndarray, of_bins: Classes) -> np.ndarray:
    """Classes (N,) at the same places in other bins (N,); `of_bins` are the classes of each bin.

    >>> move_to_bins(np.array([0, 1, 5]), np.array([1, 1, 0]), [[0, 1], [5, 6]])
    array([5, 6, 0])
    """
    longest = max(map(len, of_bins))
    lengths = np.array([len(one) for one in of_bins])
    table = np.array([[*one, *[one[-1]] * (longest - len(one))] for one in of_bins])
    bin_of, place_of = np.zeros(table.max() + 1, dtype=np.int64), np.zeros(table.max() + 1, dtype=np.int64)
    for number, one in enumerate(of_bins):
        bin_of[list(one)], place_of[list(one)] = number, np.arange(len(one))
    place = place_of[classes] * lengths[bins] // lengths[bin_of[classes]]
    return np.asarray(table[bins, place])


def _unique_keys(dataset: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """Each image's number, sorted, and the images in that order; None where two have the same factors."""
    if not dataset.factor_names or not all(dataset.factor_sizes):
        return None
    factors = np.asarray(dataset.factors(), dtype=np.int64)
    if factors.min(initial=0) < 0:
        return None
    keys = np.ravel_multi_index(tuple(factors.T), tuple(dataset.factor_sizes))
    order = np.argsort(keys, kind="stable")
    return None if (np.diff(keys[order]) == 0).any() else (keys[order], order)

"""The factors of a dataset as predicates see them: a grid without its table, or labels of each image."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from ...errors import CallError
from ..dataset import Dataset
from ..factors import FactorSpace
from .conditions import Scale


class FactorColumns(ABC):
    """Factors by name. Masks and columns have any shape that broadcasts to that of the whole dataset."""

    names: tuple[str, ...]

    @abstractmethod
    def scale(self, name: str) -> Scale:
        """The values of this factor."""

    @abstractmethod
    def classes(self, name: str) -> Scale | None:
        """The classes of this factor; None if it is continuous."""

    @abstractmethod
    def lift(self, name: str, of_values: np.ndarray) -> np.ndarray:
        """What is told of each value (K,), told of the images."""

    @abstractmethod
    def whole(self, mask: np.ndarray) -> np.ndarray:
        """(N,): what is told of the images, one after another."""

    def unit(self, name: str, place: str) -> np.ndarray:
        """The factor of the images, rescaled to [0, 1]: class / (size − 1)."""
        classes = self.classes(name)
        numbers = (self.scale(name) if classes is None else classes).values.astype(np.float64)
        span = np.ptp(numbers)
        if not span > 0:
            raise CallError(f"{place}: the factor {name!r} has only one value")
        return self.lift(name, (numbers - numbers.min()) / span)


class GridColumns(FactorColumns):
    """Every combination of a factor space, hidden factors too: an axis for each factor."""

    def __init__(self, space: FactorSpace) -> None:
        self.space, self.names = space, space.names

    def scale(self, name: str) -> Scale:
        return Scale.of_values(self.space.values[self.space.position(name)])

    def classes(self, name: str) -> Scale:
        return Scale.of_classes(self.space.sizes[self.space.position(name)])

    def lift(self, name: str, of_values: np.ndarray) -> np.ndarray:
        axes = [1] * len(self.names)
        axes[self.space.position(name)] = -1
        return of_values.reshape(axes)

    def whole(self, mask: np.ndarray) -> np.ndarray:
        return np.broadcast_to(mask, self.space.sizes).reshape(-1)


class LabelColumns(FactorColumns):
    """The factors (N, F) of each image: classes, or numbers where the size is 0."""

    def __init__(
        self, labels: np.ndarray, names: Sequence[str], sizes: Sequence[int], values: Sequence[Sequence] = ()
    ) -> None:
        self.names = tuple(names)
        self._columns = {name: labels[:, k] for k, name in enumerate(names)}
        self._sizes = dict(zip(names, sizes, strict=True))
        self._values = dict(zip(names, values, strict=False))

    def scale(self, name: str) -> Scale:
        if not self._sizes[name]:
            return Scale.of_column(self._columns[name])
        return Scale.of_values(self._values.get(name) or range(self._sizes[name]))

    def classes(self, name: str) -> Scale | None:
        return Scale.of_classes(self._sizes[name]) if self._sizes[name] else None

    def lift(self, name: str, of_values: np.ndarray) -> np.ndarray:
        return of_values[self._columns[name].astype(np.int64)] if self._sizes[name] else of_values

    def whole(self, mask: np.ndarray) -> np.ndarray:
        return mask


def factor_table(dataset: Dataset) -> FactorColumns:
    """The factors of a dataset; CallError if it has none."""
    if dataset.grid is not None:
        return GridColumns(dataset.grid)
    if not dataset.factor_names:
        raise CallError(f"{dataset.name} has no factors by which images could be chosen")
    return LabelColumns(dataset.factors(), dataset.factor_names, dataset.factor_sizes, dataset.factor_values)

"""The factors of a dataset as predicates see them: their values, and of which images these are."""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import CallError
from ...suggestions import unknown
from ..dataset import Dataset
from ..factors import FactorSpace

BOUNDS: dict[str, Callable[[Any, Any], Any]] = {
    "above": operator.gt,
    "below": operator.lt,
    "at-least": operator.ge,
    "at-most": operator.le,
}
SHOWN = 12  # values that a message lists


@dataclass(frozen=True)
class FactorValues:
    """The values (K,) of one factor: of each class or, if it is continuous, of each image.

    Numbers closer than `slack` are one number, so that 0.1 + 0.2 is 0.3.
    """

    values: np.ndarray
    slack: float | np.ndarray = 0.0
    what: str = "value"

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> FactorValues:
        """Of a factor with classes: what each of them means, in words or numbers."""
        if any(isinstance(value, str) for value in values):
            return cls(np.array([str(value) for value in values]))
        numbers = np.array(values, dtype=np.float64)
        gaps = np.diff(np.unique(numbers))
        return cls(numbers, 1e-4 * gaps.min() if len(gaps) else 1e-9)

    @classmethod
    def of_classes(cls, size: int) -> FactorValues:
        """Of the classes themselves: 0 … size − 1, and the words `even` and `odd`."""
        return cls(np.arange(size), what="class")

    @classmethod
    def of_column(cls, column: np.ndarray) -> FactorValues:
        """Of a continuous factor: the number of each image."""
        precision = 1e-6 if column.dtype == np.float32 else 1e-9
        numbers = column.astype(np.float64)
        return cls(numbers, precision * np.abs(numbers), "number")

    def equal(self, wanted: Any, place: str) -> np.ndarray:
        """Where the value is the one wanted; CallError if it is the value of no class."""
        if self.what == "class" and wanted in ("even", "odd"):
            return self.values % 2 == (wanted == "odd")
        if self.values.dtype.kind == "U":
            found = self.values == str(wanted)
            if not found.any():
                raise CallError(f"{place}: {unknown('value', str(wanted), self.values.tolist())}")
            return found
        found = np.abs(self.values - self._number(wanted, place)) <= self.slack
        if not found.any() and self.what != "number":
            raise CallError(f"{place}: there is no {self.what} {wanted}; {self._describe()}")
        return found

    def bounded(self, bound: str, limit: Any, place: str) -> np.ndarray:
        """Where the value lies on this side of the limit; a value within `slack` of it is the limit."""
        if self.values.dtype.kind == "U":
            raise CallError(
                f"{place}: {bound} compares numbers, and the values are words: "
                f"{', '.join(self.values.tolist())}; list those wanted, or bound their `classes`"
            )
        limit = self._number(limit, place)
        at_limit = np.abs(self.values - limit) <= self.slack
        return np.asarray(BOUNDS[bound](np.where(at_limit, limit, self.values), limit))

    def _number(self, written: Any, place: str) -> float:
        if isinstance(written, (int, float)):
            return float(written)
        raise CallError(f"{place}: expected a number, got {written!r}; {self._describe()}")

    def _describe(self) -> str:
        if self.what == "class":
            return f"the classes are 0 to {len(self.values) - 1}, even, odd"
        several = np.unique(self.values)
        if len(several) <= SHOWN:
            return f"the values are {', '.join(f'{one:.6g}' for one in several)}"
        return f"the values are {several[0]:.6g}, {several[1]:.6g} … {several[-1]:.6g}"


class FactorColumns(ABC):
    """Factors by name. Masks and columns have any shape that broadcasts to that of the whole dataset."""

    names: tuple[str, ...]

    @abstractmethod
    def values(self, name: str) -> FactorValues:
        """The values of this factor."""

    @abstractmethod
    def classes(self, name: str) -> FactorValues | None:
        """The classes of this factor; None if it is continuous."""

    @abstractmethod
    def lift(self, name: str, of_values: np.ndarray) -> np.ndarray:
        """From what holds for each value of the factor (K,) to what holds for the images."""

    @abstractmethod
    def whole(self, mask: np.ndarray) -> np.ndarray:
        """The mask, or numbers, of all images one after another: (N,)."""

    def unit(self, name: str, place: str) -> np.ndarray:
        """The factor of the images, rescaled to [0, 1]: class / (size − 1)."""
        classes = self.classes(name)
        numbers = (self.values(name) if classes is None else classes).values.astype(np.float64)
        span = np.ptp(numbers)
        if not span > 0:
            raise CallError(f"{place}: the factor {name!r} has only one value")
        return self.lift(name, (numbers - numbers.min()) / span)


class GridColumns(FactorColumns):
    """Every combination of a factor space, hidden factors too: an axis for each factor."""

    def __init__(self, space: FactorSpace) -> None:
        self.space, self.names = space, space.names

    def values(self, name: str) -> FactorValues:
        """The values of this factor."""
        return FactorValues.of_values(self.space.values[self.space.position(name)])

    def classes(self, name: str) -> FactorValues:
        """The classes of this factor; None if it is continuous."""
        return FactorValues.of_classes(self.space.sizes[self.space.position(name)])

    def lift(self, name: str, of_values: np.ndarray) -> np.ndarray:
        """From what holds for each value of the factor (K,) to what holds for the images."""
        axes = [1] * len(self.names)
        axes[self.space.position(name)] = -1
        return of_values.reshape(axes)

    def whole(self, mask: np.ndarray) -> np.ndarray:
        """The mask, or numbers, of all images one after another: (N,)."""
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

    def values(self, name: str) -> FactorValues:
        """The values of this factor."""
        if not self._sizes[name]:
            return FactorValues.of_column(self._columns[name])
        return FactorValues.of_values(self._values.get(name) or range(self._sizes[name]))

    def classes(self, name: str) -> FactorValues | None:
        """The classes of this factor; None if it is continuous."""
        return FactorValues.of_classes(self._sizes[name]) if self._sizes[name] else None

    def lift(self, name: str, of_values: np.ndarray) -> np.ndarray:
        """From what holds for each value of the factor (K,) to what holds for the images."""
        return of_values[self._columns[name].astype(np.int64)] if self._sizes[name] else of_values

    def whole(self, mask: np.ndarray) -> np.ndarray:
        """The mask, or numbers, of all images one after another: (N,)."""
        return mask


def factor_columns(dataset: Dataset) -> FactorColumns:
    """The factors of a dataset; CallError if it has none."""
    if dataset.grid is not None:
        return GridColumns(dataset.grid)
    if not dataset.factor_names:
        raise CallError(f"{dataset.name} has no factors by which images could be chosen")
    return LabelColumns(dataset.factors(), dataset.factor_names, dataset.factor_sizes, dataset.factor_values)

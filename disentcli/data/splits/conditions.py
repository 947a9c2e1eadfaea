"""A condition on one factor as configs write it: a value, any of several, bounds, classes, a negation."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import CallError
from ...suggestions import unknown

BOUNDS: dict[str, Callable[[Any, Any], Any]] = {
    "above": operator.gt,
    "below": operator.lt,
    "at-least": operator.ge,
    "at-most": operator.le,
}
OPERATORS = (*BOUNDS, "classes", "not")
SHOWN = 12  # values that a message lists


@dataclass(frozen=True)
class Scale:
    """The values (K,) of one factor: of each class or, if it is continuous, of each image.

    Numbers closer than `slack` are one number, so that 0.1 + 0.2 is 0.3.
    """

    values: np.ndarray
    slack: float | np.ndarray = 0.0
    what: str = "value"

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> Scale:
        """Of a factor with classes: what each of them means, in words or numbers."""
        if any(isinstance(value, str) for value in values):
            return cls(np.array([str(value) for value in values]))
        numbers = np.array(values, dtype=np.float64)
        gaps = np.diff(np.unique(numbers))
        return cls(numbers, 1e-4 * gaps.min() if len(gaps) else 1e-9)

    @classmethod
    def of_classes(cls, size: int) -> Scale:
        """Of the classes themselves: 0 … size − 1, and the words `even` and `odd`."""
        return cls(np.arange(size), what="class")

    @classmethod
    def of_column(cls, column: np.ndarray) -> Scale:
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
            raise CallError(f"{place}: there is no {self.what} {wanted}; {self._told()}")
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
        raise CallError(f"{place}: expected a number, got {written!r}; {self._told()}")

    def _told(self) -> str:
        if self.what == "class":
            return f"the classes are 0 to {len(self.values) - 1}, even, odd"
        several = np.unique(self.values)
        if len(several) <= SHOWN:
            return f"the values are {', '.join(f'{one:.6g}' for one in several)}"
        return f"the values are {several[0]:.6g}, {several[1]:.6g} … {several[-1]:.6g}"


def chosen(written: Any, scale: Scale, classes: Scale | None, place: str) -> np.ndarray:
    """Which values (K,) the condition chooses: bool.

    written: a value; a list, of which any may hold; or a mapping of OPERATORS, all of which must hold.
    classes: what `classes` refers to; None if the factor has none.

    Raises:
        CallError: an operator or value that does not exist.
    """
    if isinstance(written, (list, tuple)):
        found = np.zeros(len(scale.values), dtype=bool)
        for one in _filled(written, place):
            found |= chosen(one, scale, classes, place)
        return found
    if not isinstance(written, Mapping):
        return scale.equal(written, place)
    found = np.ones(len(scale.values), dtype=bool)
    for key, operand in _filled(written, place).items():
        found &= _applied(str(key).replace("_", "-"), operand, scale, classes, place)
    return found


def _applied(key: str, operand: Any, scale: Scale, classes: Scale | None, place: str) -> np.ndarray:
    if key in BOUNDS:
        return scale.bounded(key, operand, f"{place}.{key}")
    if key == "not":
        return ~chosen(operand, scale, classes, f"{place}.not")
    if key != "classes":
        raise CallError(f"{place}: {unknown('operator', key, OPERATORS)}")
    if classes is None:
        raise CallError(f"{place}: the factor is continuous, it has no classes; use {', '.join(BOUNDS)}")
    return chosen(operand, classes, classes, f"{place}.classes")


def _filled(written: Any, place: str) -> Any:
    if not written:
        raise CallError(f"{place}: the condition is empty; write a value, a list, or {', '.join(OPERATORS)}")
    return written

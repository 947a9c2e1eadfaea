"""A table of factors that people bring: one checked column a factor, turned into classes or real numbers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from ...errors import CallError, DisentError
from ..factors import FactorSpace, Values, are_classes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FactorTable:
    """Labels (N, F): int64 classes, or float64 where a factor is continuous (size 0, no values).

    `floats` names the factors whose classes were written as `3.0`.
    """

    labels: np.ndarray
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    values: tuple[Values, ...]
    floats: tuple[str, ...] = ()

    @property
    def space(self) -> FactorSpace | None:
        """The factor space, if the rows are its full grid in its order, the last factor fastest."""
        if not self.sizes or 0 in self.sizes or prod(self.sizes) != len(self.labels):
            return None
        places = np.ravel_multi_index(tuple(self.labels.T), self.sizes)
        return FactorSpace(self.names, self.sizes, self.values) if _ascending(places) else None

    def arranged(self, as_grid: bool = True) -> FactorTable:
        """With the factors in the order of which the rows are the full grid, the slowest first, if so asked.

        Raises:
            CallError: the rows are no full grid in any order of the factors.
        """
        if not as_grid or self.space is not None:
            return self
        differ = self.labels != self.labels[:1]
        first = np.where(differ.any(axis=0), differ.argmax(axis=0), len(self.labels))
        order = np.argsort(-first, kind="stable").tolist()
        moved = FactorTable(
            self.labels[:, order],
            tuple(self.names[k] for k in order),
            tuple(self.sizes[k] for k in order),
            tuple(self.values[k] for k in order),
            self.floats,
        )
        if moved.space is None:
            raise CallError(
                "--dataset.as-grid: the images are not each combination of the factors once, sorted by one "
                "factor within the other"
            )
        return moved

    def for_dataset(self, as_grid: bool = False) -> dict[str, Any]:
        """The arguments of `Dataset` that say these factors."""
        table = self.arranged(as_grid)
        if table.space is not None:
            return {"grid": table.space}
        return {
            "labels": self.labels,
            "factor_names": self.names,
            "factor_sizes": self.sizes,
            "factor_values": self.values,
        }


def factor_arguments(table: FactorTable | None, as_grid: bool) -> dict[str, Any]:
    """The arguments of `Dataset` that say the factors, if there are any; CallError for a grid of none."""
    if table is None and as_grid:
        raise CallError("--dataset.as-grid: there are no factors whose grid the images could be")
    return {} if table is None else table.for_dataset(as_grid)


@dataclass(frozen=True)
class FileRef:
    """Where a table comes from, as its errors name it."""

    file: str
    row: Callable[[int], str] = "row {} (the first is row 0)".format

    def wrong(self, complaint: str, name: str, row: int | None = None) -> DisentError:
        """The error for a column, or for one row of it."""
        place = "" if row is None else f", {self.row(row)}"
        return DisentError(f"{self.file}: {complaint} in the factor {name!r}{place}")


def factor_table(
    columns: Sequence[np.ndarray],
    names: Sequence[str],
    source: FileRef,
    *,
    sizes: Sequence[int | None] | None = None,
    values: Sequence[Values] | None = None,
) -> FactorTable:
    """The table of `columns` (N,): whole numbers, `3.0` too, and words are classes, others continuous.

    Classes are the ranks of what stands in a column, whose values are kept: 1, 3, 5 become 0, 1, 2. A column
    of floats is one of classes if all of them are whole. `sizes` says it outright: 0 for a continuous factor,
    K for the classes 0…K−1, which are kept as they are, and so does `values`, the meanings of those classes
    (() where there are none).

    Raises:
        DisentError: a class below 0 or beyond its size where that is given, a number that is not finite, with
            its row.
    """
    names = _checked_names(names, len(columns), source)
    said = list(values or [()] * len(names))
    announced = _announced(names, sizes, said, source)
    read = [
        _column(column, name, size, source)
        for column, name, size in zip(columns, names, announced, strict=True)
    ]
    known = tuple(given or found for given, (_, found) in zip(said, read, strict=True))
    labels = np.stack([classes for classes, _ in read], axis=-1)
    floats = tuple(
        name
        for name, column, size, (_, found) in zip(names, columns, announced, read, strict=True)
        if column.dtype.kind == "f" and size is None and found
    )
    table = FactorTable(labels, names, tuple(map(len, known)), known, floats)
    _hint_at_order(table, source)
    return table


def _checked_names(names: Sequence[str], count: int, source: FileRef) -> tuple[str, ...]:
    if len(names) != count:
        raise DisentError(f"{source.file}: {count} factors have {len(names)} names: {', '.join(names)}")
    for k, name in enumerate(names):
        if not name or name in names[:k]:
            problem = f"two factors are called {name!r}" if name else f"factor {k} has an empty name"
            raise DisentError(f"{source.file}: {problem}; each needs a name of its own")
    return tuple(names)


def _announced(
    names: tuple[str, ...], sizes: Sequence[int | None] | None, values: Sequence[Values], source: FileRef
) -> list[int | None]:
    """How many classes each factor has as its size or its values say outright; None where nothing does."""
    if sizes is not None and (len(sizes) != len(names) or min(size or 0 for size in sizes) < 0):
        raise DisentError(
            f"{source.file}: factor_sizes must be one whole number for each of {', '.join(names)} "
            f"(0: continuous), not {list(sizes)}"
        )
    announced: list[int | None] = list(sizes) if sizes is not None else [None] * len(names)
    for k, (name, of_factor) in enumerate(zip(names, values, strict=True)):
        if of_factor and announced[k] not in (None, len(of_factor)):
            raise source.wrong(f"{len(of_factor)} values for {announced[k]} classes", name)
        announced[k] = len(of_factor) or announced[k]
    return announced


def _column(column: np.ndarray, name: str, size: int | None, source: FileRef) -> tuple[np.ndarray, Values]:
    """One factor: int64 classes and their values, or float64 numbers and ()."""
    if column.dtype.kind == "U" and size is None:
        words, ranks = np.unique(column, return_inverse=True)
        return ranks.astype(np.int64), tuple(map(str, words))
    if column.dtype.kind not in "biuf":
        raise source.wrong(f"{column.dtype} where numbers are expected", name)
    numbers = column.astype(np.int64) if column.dtype.kind == "b" else column
    if numbers.dtype.kind == "f":
        _refuse(~np.isfinite(numbers), numbers, "{}, not a finite number,", name, source)
    if size == 0 or (size is None and not are_classes(numbers)):
        return numbers.astype(np.float64), ()
    return _classes(numbers, name, size, source)


def _classes(
    numbers: np.ndarray, name: str, size: int | None, source: FileRef
) -> tuple[np.ndarray, tuple[float, ...]]:
    """The ranks of whole numbers, or themselves where the size says which there are; and their values."""
    if size is None:
        below = int((numbers < 0).sum())
        if below and numbers.dtype.kind != "f":
            log.warning(
                "%s: the factor %r is below 0 in %d rows, which are classes of their own; take the rows out "
                "where that stands for a label that is missing",
                *(source.file, name, below),
            )
        present, ranks = np.unique(numbers, return_inverse=True)
        return ranks.astype(np.int64), tuple(map(float, present))
    _refuse(numbers < 0, numbers, "the class {}, below 0,", name, source)
    _refuse(numbers >= size, numbers, f"the class {{}}, beyond 0…{size - 1},", name, source)
    _refuse(numbers != np.floor(numbers), numbers, "{} where a class was announced", name, source)
    return numbers.astype(np.int64), tuple(map(float, range(size)))


def _refuse(bad: np.ndarray, column: np.ndarray, complaint: str, name: str, source: FileRef) -> None:
    """DisentError that names the first row where `bad` is true."""
    if bad.any():
        row = int(np.argmax(bad))
        raise source.wrong(complaint.format(column[row].item()), name, row)


def _ascending(places: np.ndarray) -> bool:
    return bool((places == np.arange(len(places))).all())


def _hint_at_order(table: FactorTable, source: FileRef) -> None:
    """Say so where every combination is there once, but not in row-major order."""
    if not table.sizes or 0 in table.sizes or prod(table.sizes) != len(table.labels) or table.space:
        return
    if not _ascending(np.sort(np.ravel_multi_index(tuple(table.labels.T), table.sizes))):
        return
    try:
        way = f"--dataset.as-grid yes takes them as a full grid of {', '.join(table.arranged().names)}"
    except CallError:
        way = "sort the images by their factors (numpy.lexsort) to use them as a full grid"
    log.warning(
        "%s: every combination of the factors is there once, in another order than row-major; %s",
        *(source.file, way),
    )

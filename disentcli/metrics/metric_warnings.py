"""What a reader must know of a score that is a number all the same: warnings, most of them of few points."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .information import relabel

PER_CELL = 5  # points a cell of a table of counts, as for a χ² test: information is then 0.1 nats too large
PER_CLASS = 10  # points to learn a class from, and to score it on
PER_CODE = 10  # points for each coefficient of a linear map, or each row of a covariance


class MetricWarning(UserWarning):
    """A score was computed as defined, but says less than it seems to."""


def warn(message: str) -> None:
    """Warn of the score that is being computed."""
    warnings.warn(message, MetricWarning, stacklevel=3)


@contextmanager
def collected_warnings() -> Iterator[list[str]]:
    """The messages of the metrics run inside, each once, once the block has ended; others warn as ever."""
    messages: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetricWarning)
        yield messages
    for one in caught:
        if not issubclass(one.category, MetricWarning):
            warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
        elif str(one.message) not in messages:
            messages.append(str(one.message))


def check_cells(codes: np.ndarray, bins: int | str, classes: np.ndarray | None = None) -> None:
    """Warn of few points for a table of the bins of codes (N, D) × classes (N, F), or × bins without them.

    A code of few values fills no more bins than these.
    """
    if isinstance(bins, str):
        return  # their number follows from that of the points
    points, most = len(codes), bins if classes is None else most_classes(classes)
    if points >= PER_CELL * bins * most:
        return
    values = most_classes(codes)
    filled = bins if values == points else min(bins, values)
    columns = f"{filled} bins" if classes is None else f"{most} classes"
    needed = PER_CELL * filled * (filled if classes is None else most)
    if points < needed:
        warn(f"few points: {points:,} for {filled} bins × {columns}; at least {needed:,}")


def most_classes(labels: np.ndarray) -> int:
    """The number of distinct values in the column of labels (N, F) that has most of them."""
    return max(int(np.count_nonzero(np.bincount(column))) for column in relabel(labels).T)


def check_learnable(points: int, test_points: int, classes: np.ndarray, codes: int) -> None:
    """Warn of too few points to learn the classes (N, F) of factors from so many codes, or to test it on."""
    most = most_classes(classes)
    check_training(points, most, codes)
    if test_points < PER_CLASS * most:
        warn(f"few test points: {test_points:,} for {most} classes; at least {PER_CLASS * most:,}")


def check_training(points: int, classes: int, codes: int) -> None:
    """Warn of too few points to learn so many classes from so many codes."""
    needed = max(PER_CLASS * classes, PER_CODE * codes)
    if points < needed:
        warn(
            f"few points: {points:,} to learn {classes} classes from {_of_codes(codes)}; at least {needed:,}"
        )


def check_codes(points: int, codes: int) -> None:
    """Warn of too few points for what all codes together are fitted by."""
    if points < PER_CODE * codes:
        warn(f"few points: {points:,} for {_of_codes(codes)}; at least {PER_CODE * codes:,}")


def check_classes(points: int, classes: np.ndarray) -> None:
    """Warn of too few points for the classes (N, F) of a factor."""
    most = most_classes(classes)
    if points < PER_CLASS * most:
        warn(f"few points: {points:,} for {most} classes; at least {PER_CLASS * most:,}")


def _of_codes(count: int) -> str:
    return "1 code" if count == 1 else f"{count} codes"

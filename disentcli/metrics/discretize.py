"""Class labels: codes cut into bins of equal widths or equal numbers of points, factors into quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np

from ..data.factors import are_classes
from ..errors import CallError, Unsupported
from .metric_warnings import check_cells, warn
from .standardize import units_of

QUANTILES = 10
MOST_BINS = 10_000
Binning = Literal["width", "quantile"]
"""width: equal widths between the least and the largest value, as published; quantile: equal numbers."""

CROWDED = 0.9  # share of the points in one bin from which on the bins hide what the code tells


def histogram_bins(codes: np.ndarray, bins: int | str = 20) -> np.ndarray:
    """Labels (N, D) in 1…bins of each code cut into equal-width bins between its minimum and maximum.

    The maximum falls into the last bin; a constant code is one single bin (Locatello et al. 2019, histogram
    discretiser). A code whose values are too near each other for edges between them is binned from its
    minimum on. "auto" is numpy's rule for the number of bins.
    """
    if bins != "auto" and (not isinstance(bins, (int, np.integer)) or not 1 <= bins <= MOST_BINS):
        raise CallError(
            f'bins is a whole number of at least 1 and at most {MOST_BINS:,}, or "auto", not {bins!r}'
        )
    labels = np.ones(codes.shape, dtype=np.int64)
    if codes.dtype.kind == "f":
        codes = codes / units_of(codes)  # the range may overflow
    for d in np.flatnonzero(codes.max(axis=0) != codes.min(axis=0)):
        code = codes[:, d]
        try:
            edges = np.histogram_bin_edges(code, bins)
        except ValueError:  # "Cannot create finite-sized bins"
            code = code - code.min()
            edges = np.histogram_bin_edges(code, bins)
        labels[:, d] = np.digitize(code, edges[:-1])
    return labels


def factor_classes(factors: np.ndarray, *, like: np.ndarray | None = None) -> np.ndarray:
    """Classes (N, F) of factors: integers stay; a continuous column is cut into 10 quantiles of `like`.

    A float column of whole numbers, or with at most 10 values, is a class already. `like` (the training
    factors) makes the cuts of the test factors those of the training ones.
    """
    if np.issubdtype(factors.dtype, np.integer):
        return factors
    source = factors if like is None else like
    return np.stack([_column(factors[:, f], source[:, f]) for f in range(factors.shape[1])], axis=1)


def train_test_classes(factors: np.ndarray, test_factors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Classes of training factors (N, F), each of which has to vary, and of test factors by the same cuts."""
    return varying_factor_classes(factors), factor_classes(test_factors, like=factors)


def is_continuous(column: np.ndarray) -> bool:
    """Whether values (N,) are no classes: not all of them whole (`are_classes`), more than 10 of them."""
    return not are_classes(column) and len(np.unique(column)) > QUANTILES


def in_one_type(factors: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Factors (N, F) as metrics take them: int64 where they are integers, else float64.

    Metrics take whole numbers for classes. A column of size 0 is continuous although its numbers may be
    whole: each of them becomes the next double.
    """
    numbers = factors.astype(np.float64 if factors.dtype.kind == "f" else np.int64, copy=False)
    continuous = [k for k, size in enumerate(sizes) if not size and are_classes(numbers[:, k])]
    if not continuous:
        return numbers
    marked = numbers.astype(np.float64)
    marked[:, continuous] = np.nextafter(marked[:, continuous], np.inf)
    return marked


def require_varying(factors: np.ndarray, names: Sequence[str], points: str) -> np.ndarray:
    """These factors (N, F), each of which must have more than one value among the `points`.

    Raises:
        Unsupported: one has not; the reason names it.
    """
    constant = np.flatnonzero(factors.min(axis=0) == factors.max(axis=0))
    if len(constant):
        raise Unsupported(f"{names[constant[0]]} has a single value in the {len(factors):,} {points}")
    return factors


def varying_factor_classes(factors: np.ndarray) -> np.ndarray:
    """`factor_classes`, refusing a factor that never changes: there is nothing to find in it."""
    classes = factor_classes(factors)
    constant = np.flatnonzero(classes.min(axis=0) == classes.max(axis=0))
    if len(constant):
        raise Unsupported(f"factor {constant[0]} has a single value in these {len(classes):,} points")
    return classes


def _column(values: np.ndarray, source: np.ndarray) -> np.ndarray:
    levels = np.unique(source)
    if is_continuous(source):
        levels = np.quantile(source, np.arange(1, QUANTILES) / QUANTILES)
        return np.searchsorted(levels, values, side="right")
    return np.clip(np.searchsorted(levels, values), 0, len(levels) - 1)


def binned_codes(
    codes: np.ndarray, bins: int | str, binning: Binning = "width", classes: np.ndarray | None = None
) -> np.ndarray:
    """Labels (N, D) of the bins of codes (N, D), to be counted beside the classes (N, F) of factors.

    Warns where there are few points for that many cells, or nearly all share a bin of equal width.
    """
    if binning not in get_args(Binning):
        raise CallError(f"binning is one of {', '.join(get_args(Binning))}, not {binning!r}")
    check_cells(codes, bins, classes)
    if binning == "quantile":
        return quantile_bins(codes, bins)
    labels = histogram_bins(codes, bins)
    warn_of_crowding(codes, labels)
    return labels


def quantile_bins(codes: np.ndarray, bins: int | str) -> np.ndarray:
    """Labels (N, D) in 0…bins−1: ⌊bins · r / N⌋, r the place of a point in the order of the code, from 0.

    Equal values share the mean of their places, and so a bin; where none are equal and `bins` divides N, each
    bin holds N / bins points.

    >>> quantile_bins(np.array([[0.0], [1.0], [2.0], [1000.0]]), 2).ravel().tolist()
    [0, 0, 1, 1]
    """
    if not isinstance(bins, (int, np.integer)) or bins < 1:
        raise CallError(f"quantile bins are a whole number of at least 1, not {bins!r}")
    labels = np.empty(codes.shape, dtype=np.int64)
    for d, code in enumerate(codes.T):
        order = np.sort(code)
        first, beyond = (np.searchsorted(order, code, side=side) for side in ("left", "right"))
        labels[:, d] = (first + beyond - 1) * bins // (2 * len(code))
    return labels


def warn_of_crowding(codes: np.ndarray, labels: np.ndarray) -> None:
    """Warn where a bin holds nearly all points, though they have more values than there are bins."""
    crowded = [d for d, column in enumerate(labels.T) if _is_crowded(codes[:, d], column)]
    if crowded:
        warn(
            f"codes {', '.join(map(str, crowded))}: one equal-width bin holds more than "
            f"{CROWDED:.0%} of the points, as outliers make it; the option binning: quantile cuts codes into "
            "bins of equal numbers of points"
        )


def _is_crowded(code: np.ndarray, labels: np.ndarray) -> bool:
    counts = np.bincount(labels)  # labels are 1…bins
    if not CROWDED * len(labels) < counts.max() < len(labels):
        return False
    return len(np.unique(code[labels == counts.argmax()])) > len(counts) - 1

"""Codes in bins, of equal widths or of equal numbers of points."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from ..errors import CallError
from .discretize import histogram_bins
from .metric_warnings import warn
from .sample_size import check_cells

Binning = Literal["width", "quantile"]
"""width: equal widths between the least and the largest value, as published; quantile: equal numbers."""

CROWDED = 0.9  # share of the points in one bin from which on the bins hide what the code tells


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

"""Class-balanced sampling: weights under which each value of a factor is drawn equally often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import CallError
from .factor_columns import FactorColumns
from .predicates import find_factor


def balanced_weights(
    written: Any, factors: FactorColumns, images: np.ndarray, weights: np.ndarray | None, place: str
) -> np.ndarray:
    """Weights (N,) of the images, summing to 1, under which the classes of factors are equally likely.

    Each combination of the factors' values that any of the images has is one class. Within a class, images
    are drawn by the weights given, or equally often: w_i = v_i / (K Σ_{j in the class of i} v_j).

    Args:
        written: a factor, or several.
        images: their places (N,) among all images.
        weights: v (N,), which may be 0 for some images; None for ones.

    Raises:
        CallError: an unknown factor, or one that is continuous.
    """
    classes = _classes(_names(written, factors, place), factors, images, place)
    given = np.ones(len(images)) if weights is None else weights
    totals = np.bincount(classes, weights=given)
    shares = np.where(totals > 0, 1 / np.where(totals > 0, totals, 1), 0) / (totals > 0).sum()
    return given * shares[classes]


def _names(written: Any, factors: FactorColumns, place: str) -> list[str]:
    listed = [written] if isinstance(written, str) else written
    if not isinstance(listed, Sequence) or not listed or not all(isinstance(one, str) for one in listed):
        raise CallError(f"{place}: expected the name of a factor, or a list of them, got {written!r}")
    return [find_factor(one, factors, place) for one in listed]


def _classes(names: Sequence[str], factors: FactorColumns, images: np.ndarray, place: str) -> np.ndarray:
    """Of which class each image is: (N,) int64, from 0 upwards without gaps."""
    joint = np.zeros(len(images), dtype=np.int64)
    for name in names:
        of_factor = factors.classes(name)
        if of_factor is None:
            raise CallError(f"{place}: the factor {name!r} is continuous, it has no classes to balance")
        column = factors.whole(factors.lift(name, of_factor.values))[images].astype(np.int64)
        joint = np.unique(joint * (column.max() + 1) + column, return_inverse=True)[1]
    return joint

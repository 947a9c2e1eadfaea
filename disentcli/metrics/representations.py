"""A representation and what its images show: codes and factors of training and test points, the ideal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

import numpy as np

from ..errors import Unsupported
from .discretize import is_continuous
from .metric_warnings import check_learnable
from .points import Points, split_points

SHARED, EXCLUSIVE = "S", "E"  # what the names of such representations begin with: S_X, E_Y


class FactorLabels(NamedTuple):
    """Classes of one factor as 0…K−1, in training (N,) and in test (M,); −1: never seen in training."""

    factor: str
    train: np.ndarray
    test: np.ndarray
    size: int  # how many values the factor has


@dataclass(frozen=True)
class Representation:
    """Codes (N, D) of training and (M, D) of test points, and the factors (N, F), (M, F) of the images.

    The name says what it should hold: `S_…` the factors that both views of an item share, `E_…` all others;
    a representation of another name has no ideal.

    shared: the names of the shared factors. sizes: how many values each factor has; as many as occur in
      training if not given.
    """

    name: str
    codes: np.ndarray
    factors: np.ndarray
    test_codes: np.ndarray
    test_factors: np.ndarray
    factor_names: Sequence[str] = ()
    sizes: Sequence[int] = ()
    shared: Sequence[str] = ()
    view: int = 0
    train: Points = field(init=False, repr=False)
    test: Points = field(init=False, repr=False)

    def __post_init__(self) -> None:
        train, test = split_points(self.codes, self.factors, self.test_codes, self.test_factors)
        columns = range(train.factors.shape[1])
        object.__setattr__(self, "train", train)
        object.__setattr__(self, "test", test)
        object.__setattr__(self, "factor_names", tuple(self.factor_names or (f"factor{k}" for k in columns)))

    @property
    def kind(self) -> str:
        """What stands before the underscore of its name: `S`, `E`, or else nothing."""
        kind = self.name.partition("_")[0]
        return kind if kind in (SHARED, EXCLUSIVE) else ""

    def column(self, factor: str) -> int:
        """Where among the factors this one is."""
        return list(self.factor_names).index(factor)

    def labels(self) -> list[FactorLabels]:
        """The factors that are classes, at least two of them in training.

        Raises:
            Unsupported: there are none.
        """
        found = [
            _labels(name, self.train.factors[:, k], self.test.factors[:, k], self._size(k))
            for k, name in enumerate(self.factor_names)
            if not self.unsupported_reason(k)
        ]
        if not found:
            raise Unsupported("; ".join(self.unsupported_reason(k) for k in range(len(self.factor_names))))
        return found

    def check_size(self, labels: Sequence[FactorLabels]) -> None:
        """Warn of too few points to learn these factors from, or to test it on."""
        classes = np.stack([known.train for known in labels], axis=1)
        check_learnable(len(self.train.codes), len(self.test.codes), classes, self.train.codes.shape[1])

    def skipped_factors(self) -> dict[str, str]:
        """Why each of the other factors cannot be named."""
        reasons = {name: self.unsupported_reason(k) for k, name in enumerate(self.factor_names)}
        return {name: reason for name, reason in reasons.items() if reason}

    def unsupported_reason(self, column: int) -> str:
        """Why a factor cannot be named; empty where it can."""
        values, name = self.train.factors[:, column], self.factor_names[column]
        if is_continuous(values):
            return f"{name} of {self.name} is continuous and has no classes"
        if values.min() == values.max():
            return f"{name} of {self.name} has a single value in these {len(values):,} points"
        return ""

    def ideal_accuracy(self, labels: FactorLabels) -> float | None:
        """The accuracy that a classifier should have: 1 for what it should hold, chance 1/K for the rest."""
        if not self.kind or not self.shared:
            return None
        return 1.0 if (labels.factor in self.shared) == (self.kind == SHARED) else 1 / labels.size

    def _size(self, column: int) -> int:
        return int(self.sizes[column]) if self.sizes else len(np.unique(self.train.factors[:, column]))


class RepresentationProvider(Protocol):
    """Where representations come from: of so many training and test items, drawn by a seed.

    `tested` is the name of the part that the test items are of.
    """

    tested: str

    def __call__(self, points: int, test_points: int, seed: int) -> Mapping[str, Representation]:
        """Each representation by name."""
        ...

    def sampling(self, points: int, test_points: int) -> str:
        """How many items of how many, in words."""
        ...

    def sample_items(self, part: Literal["train", "test"], count: int, seed: int) -> np.ndarray:
        """Indices (n,) of items of one part, drawn by the seed where there are more than `count`."""
        ...

    def images(self, indices: np.ndarray) -> np.ndarray:
        """Images (n, V, *shape) of test items, one for every view."""
        ...


def _labels(name: str, train: np.ndarray, test: np.ndarray, size: int) -> FactorLabels:
    levels, labels = np.unique(train, return_inverse=True)
    found = np.searchsorted(levels, test).clip(max=len(levels) - 1)
    return FactorLabels(name, labels.reshape(-1), np.where(levels[found] == test, found, -1), size)

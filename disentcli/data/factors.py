"""The factor space: names, sizes and values of the factors behind a full grid of images; draws from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ..errors import CallError

Values = tuple[float, ...] | tuple[str, ...]
Factor = str | int

LARGEST_WHOLE = 2**53  # up to which double precision tells whole numbers apart


def are_classes(numbers: np.ndarray) -> bool:
    """Whether numbers of any shape can be classes: each one is whole, be it written `3` or `3.0`."""
    if numbers.dtype.kind != "f":
        return True
    return bool(
        (numbers == np.floor(numbers)).all() and float(np.abs(numbers).max(initial=0)) <= LARGEST_WHOLE
    )


@dataclass(frozen=True)
class FactorSpace:
    """A full grid of F discrete factors; images are stored row-major, the last factor fastest.

    `values[k][c]` is the meaning of class `c` of factor `k`; by default the classes stand for themselves.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    values: tuple[Values, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        object.__setattr__(self, "sizes", tuple(int(size) for size in self.sizes))
        values = self.values or tuple(tuple(float(c) for c in range(size)) for size in self.sizes)
        object.__setattr__(self, "values", tuple(tuple(of_factor) for of_factor in values))
        if len(self.names) != len(self.sizes) or len(set(self.names)) != len(self.names):
            raise CallError(
                f"a factor space needs one size for each of its distinct names: {self.names}, {self.sizes}"
            )
        if min(self.sizes, default=0) < 1:
            raise CallError(f"every factor needs at least one value, not {self._named_sizes()}")
        if tuple(len(of_factor) for of_factor in self.values) != self.sizes:
            raise CallError(f"the values of the factors do not have the sizes {self.sizes}: {self.values}")

    def _named_sizes(self) -> dict[str, int]:
        return dict(zip(self.names, self.sizes, strict=True))

    @property
    def size(self) -> int:
        """How many combinations there are."""
        return prod(self.sizes)

    def position(self, factor: Factor) -> int:
        """The place of a factor named by name or by place; CallError if there is none."""
        if isinstance(factor, str) and factor in self.names:
            return self.names.index(factor)
        if isinstance(factor, int) and 0 <= factor < len(self.names):
            return factor
        raise CallError(
            f"no factor {factor!r}; there are {', '.join(self.names)} (0 to {len(self.names) - 1})"
        )

    def index(self, factors: np.ndarray) -> np.ndarray:
        """Places in the order of the stored images, (N,) int64, of factor classes (N, F)."""
        factors = np.asarray(factors, dtype=np.int64)
        if factors.ndim != 2 or factors.shape[1] != len(self.names):
            raise CallError(f"factors must have the shape (N, {len(self.names)}), not {factors.shape}")
        if ((factors < 0) | (factors >= np.asarray(self.sizes))).any():
            raise CallError(f"factor classes must be below {self._named_sizes()}")
        return np.ravel_multi_index(tuple(factors.T), self.sizes).astype(np.int64)

    def factors(self, indices: np.ndarray) -> np.ndarray:
        """Factor classes (N, F) int64 of places (N,) in the order of the stored images."""
        indices = np.asarray(indices, dtype=np.int64)
        if indices.size and (indices.min() < 0 or indices.max() >= self.size):
            raise CallError(f"indices must be in 0…{self.size - 1}, not {indices.min()}…{indices.max()}")
        return np.stack(np.unravel_index(indices, self.sizes), axis=-1).astype(np.int64)

    def sample(
        self, n: int, rng: np.random.Generator, fixed: Mapping[Factor, int] | None = None
    ) -> np.ndarray:
        """(n, F) classes, uniform and with replacement; the `fixed` factors keep the class given."""
        drawn = rng.integers(0, np.asarray(self.sizes), size=(n, len(self.sizes)), dtype=np.int64)
        for factor, value in (fixed or {}).items():
            drawn = self.intervene(drawn, factor, value)
        return drawn

    def traversal(self, factors: np.ndarray, factor: Factor) -> np.ndarray:
        """(size of `factor`, F): the one combination `factors` (F,), with every class of `factor` in turn."""
        position = self.position(factor)
        repeated = np.repeat(np.asarray(factors, dtype=np.int64)[None], self.sizes[position], axis=0)
        return self.intervene(repeated, position, np.arange(self.sizes[position]))

    def intervene(self, factors: np.ndarray, factor: Factor, values: np.ndarray | int) -> np.ndarray:
        """A copy of `factors` (N, F) with one factor set to `values`, one class or (N,) classes."""
        position = self.position(factor)
        classes = np.asarray(values, dtype=np.int64)
        if ((classes < 0) | (classes >= self.sizes[position])).any():
            raise CallError(
                f"factor {self.names[position]!r} has the classes 0…{self.sizes[position] - 1}, not {values}"
            )
        changed = np.array(factors, dtype=np.int64)
        changed[:, position] = classes
        return changed

    def select(self, predicate: Callable[[Mapping[str, np.ndarray]], np.ndarray]) -> np.ndarray:
        """Places (N,) int64, ascending, of the combinations for which `predicate` is true.

        `predicate` gets every combination at once: {factor name: classes (size,)}.
        """
        everything = self.factors(np.arange(self.size))
        chosen = np.asarray(predicate({name: everything[:, k] for k, name in enumerate(self.names)}))
        if chosen.shape != (self.size,) or chosen.dtype != bool:
            raise CallError(
                f"a predicate must return {self.size} booleans, not {chosen.dtype} {chosen.shape}"
            )
        return np.flatnonzero(chosen).astype(np.int64)

    def subspace(self, factors: Sequence[Factor]) -> FactorSpace:
        """The space of some of the factors, in the order given."""
        places = [self.position(factor) for factor in factors]
        return FactorSpace(
            tuple(self.names[k] for k in places),
            tuple(self.sizes[k] for k in places),
            tuple(self.values[k] for k in places),
        )

    def without(self, hidden: Sequence[Factor]) -> FactorSpace:
        """The space of all factors but these; this very space if there are none to leave out."""
        left_out = {self.position(factor) for factor in hidden}
        if len(left_out) == len(self.names):
            raise CallError(f"hiding {', '.join(self.names)} leaves no factor")
        return self.subspace([k for k in range(len(self.names)) if k not in left_out]) if hidden else self

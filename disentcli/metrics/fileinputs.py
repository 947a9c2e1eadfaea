"""What metrics may ask for where there is no model: codes and factors of a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NoReturn

import numpy as np

from ..errors import CallError, Unsupported
from .codefile import CodeFile
from .inputs import Seeded, training_rows
from .representations import Representation


@dataclass
class FileInputs(Seeded):
    """The first `points` rows train, the next `test_points` test; two thirds train where there are too few.

    A given `train_size` holds in any case. `shuffled` puts the rows into an order drawn from `seed` before.
    Factors that never change are left out.
    """

    file: CodeFile
    points: int = 10_000
    test_points: int = 5_000
    seed: int = 0
    train_size: int | None = None
    shuffled: bool = False

    def __post_init__(self) -> None:
        rows = len(self.file.codes)
        if self.train_size is not None and not 0 < self.train_size <= rows:
            raise CallError(f"--train-size {self.train_size:,}: the file has {rows:,} points")

    def repeated(self, seed: int) -> FileInputs:
        """The same rows, divided anew by another seed."""
        return replace(self, seed=seed, shuffled=True)

    def whole(self) -> None:
        """A file is not known to hold a full grid."""

    @cached_property
    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the training and of the test points."""
        count = len(self.file.codes)
        rows = self.rng.permutation(count) if self.shuffled else np.arange(count)
        cut = self.train_size or training_rows(count, self.points, self.test_points)
        return rows[:cut], rows[cut : cut + self.test_points]

    @cached_property
    def sampling(self) -> str:
        """How the points were chosen, for the settings of a result."""
        train, test = (len(part) for part in self.indices)
        order = "in an order drawn for each repeat" if self.shuffled else "in their order"
        return f"{train:,} + {test:,} of the file's {len(self.file.codes):,} rows, {order}"

    @cached_property
    def codes(self) -> np.ndarray:
        return self.file.codes[self.indices[0]]

    @cached_property
    def factors(self) -> np.ndarray:
        return self.file.factors[self.indices[0]][:, self.varying]

    @cached_property
    def test_codes(self) -> np.ndarray:
        return self.file.codes[self._test]

    @cached_property
    def test_factors(self) -> np.ndarray:
        return self.file.factors[self._test][:, self.varying]

    @cached_property
    def representations(self) -> dict[str, Representation]:
        """The codes as the only representation."""
        parts = (self.codes, self.factors, self.test_codes, self.test_factors)
        return {"codes": Representation("codes", *parts, self.factor_names, self.factor_sizes)}

    @cached_property
    def code_indices(self) -> np.ndarray | None:
        """Codebook entries of the training points (N, D), where the file has them."""
        indices = self.file.code_indices
        return None if indices is None else indices[self.indices[0]]

    @property
    def factor_names(self) -> tuple[str, ...]:
        return tuple(self.file.factor_names[k] for k in self.varying)

    @property
    def factor_sizes(self) -> tuple[int, ...]:
        return tuple(self.file.factor_sizes[k] for k in self.varying)

    @cached_property
    def varying(self) -> list[int]:
        """The columns of factors with more than one value."""
        columns = [k for k, changes in enumerate(self._changes) if changes]
        if not columns:
            raise Unsupported("every factor of the file has a single value")
        return columns

    @property
    def constant(self) -> list[str]:
        """The names of the factors that never change, which are left out."""
        return [
            name for name, changes in zip(self.file.factor_names, self._changes, strict=True) if not changes
        ]

    @cached_property
    def _changes(self) -> list[bool]:
        return [bool(column.min() < column.max()) for column in self.file.factors.T]

    @property
    def _test(self) -> np.ndarray:
        train, test = self.indices
        if not len(test):
            raise Unsupported(f"all {len(train):,} points of the file train, so none are left to test")
        return test

    def _needs_model(self) -> NoReturn:
        raise Unsupported("it needs a model to ask: codes from a file cannot be drawn, decoded or changed")

    model = dataset = respond = encode_factors = sampler = factor_space = grid = codes_of_runs = property(
        _needs_model
    )

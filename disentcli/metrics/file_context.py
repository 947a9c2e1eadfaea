"""The arguments that codes and factors of a file give to metrics, without a model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from math import prod
from typing import NoReturn

import numpy as np

from ..errors import CallError, Unsupported
from .codefile import CodeFile
from .discretize import in_one_type, require_varying
from .points import unseen_in_training
from .representations import Representation
from .sampling import training_rows
from .seeded_rng import TESTED, SeededRNG

NO_FACTORS = "the file has no factors"


@dataclass
class FileContext(SeededRNG):
    """Rows drawn at random by `seed`: `points` train, the next `test_points` test, as of data without a grid.

    Two thirds train where there are fewer than both; a given `train_size` holds in any case. `in_order` takes
    the rows as they stand in the file instead. Factors that never change in the file are left out. If
    `exhaustive`, each row of a full grid is one training point.
    """

    file: CodeFile
    points: int = 10_000
    test_points: int = 5_000
    seed: int = 0
    train_size: int | None = None
    in_order: bool = False
    exhaustive: bool = False

    def __post_init__(self) -> None:
        rows = len(self.file.codes)
        if self.train_size is not None and not 0 < self.train_size <= rows:
            raise CallError(f"--train-size {self.train_size:,}: the file has {rows:,} points")

    def with_seed(self, seed: int) -> FileContext:
        """The same with rows drawn by another seed.

        Raises:
            CallError: the rows are not drawn.
        """
        if self.in_order:
            raise CallError(
                "--repeats draws the rows anew for each seed, --in-order keeps them; give one of them"
            )
        return replace(self, seed=seed)

    def on_full_grid(self) -> FileContext | None:
        """The same with every row as a point; None unless rows are a full grid, and not split by hand."""
        by_hand = self.in_order or self.train_size is not None
        return None if by_hand or not self._is_grid else replace(self, exhaustive=True)

    @cached_property
    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows of the training and of the test points."""
        count = len(self.file.codes)
        rows = np.arange(count) if self.in_order else self.rng.permutation(count)
        used = rows[: (self.train_size or self.points) + self.test_points]
        cut = self.train_size or training_rows(len(used), self.points, self.test_points)
        return (np.arange(count) if self.exhaustive else used[:cut]), used[cut:]

    @property
    def sampling(self) -> str:
        """How the points were chosen, those to train on and those to test on."""
        return self.sampling_of(TESTED)

    def sampling_of(self, arguments: Iterable[str]) -> str:
        """How the points were chosen for a metric with these arguments."""
        train, test = (len(part) for part in self.indices)
        if self.exhaustive:
            return f"each of the {train:,} rows"
        if train == len(self.file.codes):
            return f"all {train:,} rows"
        count = f"{train:,} + {test:,}" if test and TESTED & set(arguments) else f"{train:,}"
        order = "in their order" if self.in_order else "drawn at random"
        return f"{count} of {len(self.file.codes):,} rows, {order}"

    @property
    def unseen(self) -> list[str]:
        """The names of the factors with values that test points have and no training point has."""
        train, test = (self.file.factors[rows] for rows in self.indices)
        return [self.file.factor_names[k] for k in unseen_in_training(train, test)]

    @cached_property
    def codes(self) -> np.ndarray:
        """Codes (N, D) of the training points."""
        return self.file.codes[self.indices[0]]

    @cached_property
    def factors(self) -> np.ndarray:
        """Factors that vary in the file, each of which varies in the training points too."""
        return require_varying(self._factors_at(self.indices[0]), self.factor_names, "rows that train")

    @cached_property
    def test_codes(self) -> np.ndarray:
        """Codes (M, D) of the test points; Unsupported without any."""
        return self.file.codes[self._test]

    @cached_property
    def test_factors(self) -> np.ndarray:
        """Factors (M, F) of the test points; Unsupported without any."""
        return self._factors_at(self._test)

    @cached_property
    def representations(self) -> dict[str, Representation]:
        """The codes as the only representation."""
        parts = (self.codes, self._factors_at(self.indices[0]), self.test_codes, self.test_factors)
        return {"codes": Representation("codes", *parts, self.factor_names, self.factor_sizes)}

    @cached_property
    def code_indices(self) -> np.ndarray | None:
        """Codebook entries of the training points (N, D), where the file has them."""
        indices = self.file.code_indices
        return None if indices is None else indices[self.indices[0]]

    @property
    def factor_names(self) -> tuple[str, ...]:
        """The names of the factors that vary."""
        return tuple(self.file.factor_names[k] for k in self.varying)

    @property
    def factor_sizes(self) -> tuple[int, ...]:
        """How many values each varying factor has; 0 where it is continuous."""
        return tuple(self.file.factor_sizes[k] for k in self.varying)

    @cached_property
    def varying(self) -> list[int]:
        """The columns of factors with more than one value."""
        if not self.file.factor_names:
            raise Unsupported(NO_FACTORS)
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

    @cached_property
    def _is_grid(self) -> bool:
        """Whether every combination of the factors' classes is there once, in any order."""
        if 0 in self.file.factor_sizes or not self.file.factor_sizes:
            return False
        columns = [np.unique(column, return_inverse=True) for column in self.file.factors.T]
        sizes, ranks = [len(levels) for levels, _ in columns], [ranks for _, ranks in columns]
        rows = len(self.file.factors)
        return prod(sizes) == rows and len(np.unique(np.ravel_multi_index(ranks, sizes))) == rows

    def _factors_at(self, rows: np.ndarray) -> np.ndarray:
        return in_one_type(self.file.factors[rows][:, self.varying], self.factor_sizes)

    @property
    def _test(self) -> np.ndarray:
        train, test = self.indices
        if not len(test):
            raise Unsupported(f"all {len(train):,} points of the file train, so none are left to test")
        return test

    def _needs_model(self) -> NoReturn:
        raise Unsupported(
            "it needs a model, to encode further images or decode codes; a file has codes and factors only"
        )

    model = dataset = respond = encode_factors = sampler = factor_space = grid = codes_of_runs = property(
        _needs_model
    )
    sample_latents = split_parts = entity_images = property(_needs_model)

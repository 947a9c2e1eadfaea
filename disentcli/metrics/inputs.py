"""What metrics may ask for by argument name, computed when first asked and shared by all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..errors import DisentError, Unsupported
from .sampling import sample_factors

OFFERED = (
    *("codes", "factors", "test_codes", "test_factors", "factor_names", "factor_sizes", "factor_space"),
    *(
        "encode_factors",
        "respond",
        "model",
        "dataset",
        "seed",
        "rng",
        "random_state",
        "sampler",
        "code_indices",
    ),
)


@dataclass(frozen=True)
class GridSampler:
    """A `Sampler` over the grid of a run: sizes of the factors that vary, and codes of their values."""

    sizes: tuple[int, ...]
    encode: Callable[[np.ndarray, np.random.RandomState], np.ndarray]

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        """Codes (N, D) of images with these factor values (N, F); what is hidden is drawn from `rs`."""
        return self.encode(factors, rs)


@dataclass
class MetricInputs:
    """Codes and factors of one evaluation.

    encode: indices (N,) → codes (N, D); respond: codes (N, D) → codes (N, D). On a full grid, points are
    drawn uniformly with replacement, as published; otherwise from `split`, of which two thirds become
    training points where it has fewer than points + test_points. Factors with a single value are left out.
    """

    dataset: Any
    model: Any
    split: np.ndarray
    encode: Callable[[np.ndarray], np.ndarray]
    respond: Callable[[np.ndarray], np.ndarray]
    points: int = 10_000
    test_points: int = 5_000
    seed: int = 0

    @property
    def rng(self) -> np.random.Generator:
        """A fresh generator each time: no metric's draws depend on which ones ran before it."""
        return np.random.default_rng(self.seed)

    @property
    def random_state(self) -> np.random.RandomState:
        """A fresh generator of the kind that the published metrics draw from."""
        return np.random.RandomState(self.seed)

    @property
    def code_indices(self) -> np.ndarray | None:
        """Which value of its codebook each code has (N, D); None where the latent is not quantised."""
        return None

    @property
    def sampler(self) -> GridSampler:
        """Codes of freshly chosen factors, for metrics that draw their own points."""
        return GridSampler(self.factor_sizes, self._codes_of)

    @cached_property
    def indices(self) -> tuple[np.ndarray, np.ndarray]:
        """Dataset indices of the training and of the test points."""
        space = self.dataset.factor_space
        if space is not None:
            draws = np.random.RandomState(self.seed)
            train = self.dataset.find(sample_factors(space.sizes, self.points, draws), draws)
            return train, self.dataset.find(sample_factors(space.sizes, self.test_points, draws), draws)
        if len(self.split) < 3:
            raise Unsupported(f"metrics need at least 3 points, the split has {len(self.split)}")
        order = self.rng.permutation(self.split)[: self.points + self.test_points]
        cut = self.points if len(order) == self.points + self.test_points else len(order) * 2 // 3
        return order[:cut], order[cut:]

    @cached_property
    def sampling(self) -> str:
        """How the points were chosen, for the settings of a result."""
        train, test = (len(part) for part in self.indices)
        if self.dataset.factor_space is not None:
            return f"{train:,} + {test:,} points drawn uniformly, with replacement, from the full grid"
        whole = (
            "all of the split" if train + test == len(self.split) else f"of the split's {len(self.split):,}"
        )
        return f"{train:,} + {test:,} points without replacement, {whole}"

    @cached_property
    def codes(self) -> np.ndarray:
        return self._codes_at(self.indices[0])

    @cached_property
    def test_codes(self) -> np.ndarray:
        return self._codes_at(self.indices[1])

    @cached_property
    def factors(self) -> np.ndarray:
        return self._factors_at(self.indices[0])

    @cached_property
    def test_factors(self) -> np.ndarray:
        return self._factors_at(self.indices[1])

    @cached_property
    def factor_names(self) -> tuple[str, ...]:
        return tuple(self.dataset.factor_names[f] for f in self._varying)

    @cached_property
    def factor_space(self) -> Any:
        if self.dataset.factor_space is None:
            raise Unsupported("the data are not a full grid of factors, so single factors cannot be changed")
        return self.dataset.factor_space

    @cached_property
    def factor_sizes(self) -> tuple[int, ...]:
        return tuple(self.factor_space.sizes[f] for f in self._varying)

    def encode_factors(self, factors: np.ndarray) -> np.ndarray:
        """Codes (N, D) of the grid's images with these values (N, F) of the factors that vary."""
        values = np.zeros((len(factors), len(self.factor_space.sizes)), dtype=np.int64)
        values[:, self._varying] = factors
        return self._codes_at(self.dataset.find(values, self.rng))

    def _codes_of(self, factors: np.ndarray, random_state: np.random.RandomState) -> np.ndarray:
        """Codes of images with these values of the factors that vary; hidden factors are drawn."""
        values = np.zeros((len(factors), len(self.factor_space.sizes)), dtype=np.int64)
        values[:, self._varying] = factors
        return self._codes_at(self.dataset.find(values, random_state))

    @cached_property
    def _varying(self) -> list[int]:
        if not self.dataset.factor_names:
            raise Unsupported("the data have no factors")
        return [f for f, size in enumerate(self.dataset.factor_sizes) if size != 1]

    def _factors_at(self, indices: np.ndarray) -> np.ndarray:
        return self.dataset.factors(indices)[:, self._varying]

    def _codes_at(self, indices: np.ndarray) -> np.ndarray:
        distinct, where = np.unique(indices, return_inverse=True)
        codes = self.encode(distinct)
        if not np.isfinite(codes).all():
            raise DisentError(
                "the codes are not finite: the model has diverged\n"
                "evaluate an earlier checkpoint with --checkpoint best or --checkpoint STEP"
            )
        return codes[where]

"""Random generators of one seed for the points of an evaluation, and which metrics need points to test on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import numpy as np

# arguments of metrics that test what they learned
TESTED = {"test_codes", "test_factors", "representations", "split_parts"}

AnyContext = TypeVar("AnyContext", bound="SeededRNG")


class SeededRNG:
    """Random generators of one seed, for points to measure on or to train on, and for others to test on.

    Each access gives a fresh generator, so no metric depends on which ones ran before it.
    """

    seed: int

    @property
    def rng(self) -> np.random.Generator:
        """A generator for draws of our own."""
        return np.random.default_rng(self.seed)

    @property
    def random_state(self) -> np.random.RandomState:
        """A generator for draws in the order of a published metric."""
        return np.random.RandomState(self.seed)

    def for_metric(self: AnyContext, arguments: Iterable[str]) -> AnyContext:
        """The context of a metric with these arguments; where it tests nothing, no points are kept for it."""
        return self if TESTED & set(arguments) else self._untested

    @cached_property
    def _untested(self: AnyContext) -> AnyContext:
        return replace(self, test_points=0)  # type: ignore[type-var]

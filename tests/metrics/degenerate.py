"""Degenerate evaluations: what a metric may ask for, when codes, factors or points are not as usual."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from disentcli.errors import DisentError
from disentcli.methods.latent_samples import LatentSamples
from disentcli.metrics.context import INJECTABLE
from disentcli.metrics.representations import Representation
from disentcli.metrics.sampling import FunctionFactorSampler, sample_factors
from disentcli.registry import catalog

SIZES = (3, 4, 5)
FEW: dict[str, Any] = {  # of whatever a metric counts, so that the matrix takes seconds
    **dict.fromkeys(("train_points", "num_train", "num_variance_estimate"), 60),
    **dict.fromkeys(("num_eval", "base_points", "num_samples", "batch_size", "subset"), 8),
    **dict.fromkeys(("num_traversals", "penalties", "folds"), 2),
    "labels": (30,),
    "repeats": 4,
    "triplets": 50,
    "steps": 30,
    "n_jobs": 1,
}


def mixed(factors: np.ndarray) -> np.ndarray:
    """Codes (N, 3) of factors (N, 3), in which each latent holds one factor and a little of the next."""
    return factors + 0.3 * np.sin(1.0 + np.roll(factors, 1, axis=1))


@dataclass
class Inputs:
    """Everything that `disentcli.metrics.context.INJECTABLE` promises, on a small grid of factors."""

    encode: Callable[[np.ndarray], np.ndarray] = mixed
    sizes: tuple[int, ...] = SIZES
    points: int = 60
    test_points: int = 30
    relabel: Callable[[np.ndarray], np.ndarray] = field(default=lambda factors: factors)
    seed: int = 0
    code_indices: None = None
    model: None = None
    dataset: None = None

    @cached_property
    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        draws = np.random.RandomState(0)
        return (
            sample_factors(self.sizes, self.points, draws),
            sample_factors(self.sizes, self.test_points, draws),
        )

    @property
    def factors(self) -> np.ndarray:
        return self.relabel(self.drawn[0])

    @property
    def test_factors(self) -> np.ndarray:
        return self.relabel(self.drawn[1])

    @property
    def codes(self) -> np.ndarray:
        return self.encode(self.drawn[0])

    @property
    def test_codes(self) -> np.ndarray:
        return self.encode(self.drawn[1])

    @property
    def codes_of_runs(self) -> list[np.ndarray]:
        return [self.codes, self.codes[:, ::-1]]

    @property
    def representations(self) -> dict[str, Representation]:
        parts = (self.codes, self.factors, self.test_codes, self.test_factors)
        return {"S_X": Representation("S_X", *parts, shared=("factor0",))}

    @property
    def sampler(self) -> FunctionFactorSampler:
        return FunctionFactorSampler(self.sizes, self.encode)

    grid = sampler

    @property
    def encode_factors(self) -> Callable[[np.ndarray], np.ndarray]:
        return self.encode

    def respond(self, codes: np.ndarray) -> np.ndarray:
        return 0.9 * codes

    def sample_latents(self, count: int) -> LatentSamples:
        prior = self.rng.normal(size=(count, self.codes.shape[1]))
        return LatentSamples(prior, self.codes, self.respond(prior))

    @property
    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    @property
    def random_state(self) -> np.random.RandomState:
        return np.random.RandomState(self.seed)

    @property
    def factor_sizes(self) -> tuple[int, ...]:
        return self.sizes

    @property
    def factor_names(self) -> tuple[str, ...]:
        return tuple(f"factor{k}" for k in range(len(self.sizes)))

    factor_space = sampler


@dataclass
class MissingClass(Inputs):
    """The last value of each factor occurs in training alone."""

    @cached_property
    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        draws = np.random.RandomState(0)
        fewer = tuple(size - 1 for size in self.sizes)
        return (
            sample_factors(self.sizes, self.points, draws),
            sample_factors(fewer, self.test_points, draws),
        )


@dataclass
class UnseenClass(Inputs):
    """The last value of each factor occurs in test alone."""

    @cached_property
    def drawn(self) -> tuple[np.ndarray, np.ndarray]:
        test, train = MissingClass(self.encode, self.sizes, self.test_points, self.points).drawn
        return train, test


def asks_for(metric: str, *names: str) -> bool:
    """Whether the metric asks an evaluation for one of these."""
    known = inspect.signature(catalog.resolve("metric", metric)).parameters
    return any(name in known for name in names)


OF_MODELS = ("split_parts", "entity_images")  # a trained model, its split: tested in files of their own
OF_SONGS = ("style_statistics",)  # codes of pianorolls, with a prior of several regions
METRICS = [
    entry.name
    for entry in catalog.entries("metric")
    if entry.module.startswith("disentcli.")
    and not asks_for(entry.name, *OF_MODELS)
    and entry.name not in OF_SONGS
]


def call(
    metric: str, inputs: Inputs, options: Mapping[str, Any] | None = None, *, quiet: bool = True
) -> Mapping[str, Any]:
    """The metric's result, with few of whatever it counts; a numerical warning is an error.

    If `quiet`, other warnings are not shown.
    """
    function = catalog.resolve("metric", metric)
    known = inspect.signature(function).parameters
    arguments = {name: getattr(inputs, name) for name in known if name in INJECTABLE}
    few = {name: count for name, count in FEW.items() if name in known}
    if not quiet:
        return function(**{**arguments, **few, **(options or {})})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        return function(**{**arguments, **few, **(options or {})})


def scores(metric: str, result: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a result, none of them NaN unless the result or the metric's docstring says when."""
    found = {name: value for name, value in result.items() if isinstance(value, (int, float, np.number))}
    documented = "NaN" in (inspect.getdoc(catalog.resolve("metric", metric)) or "")
    for name, value in found.items():
        assert not math.isnan(value) or result.get("reason") or documented, (
            f"{name} is NaN, nothing says when"
        )
    return {name: float(value) for name, value in found.items()}


def outcome(
    metric: str, inputs: Inputs, options: Mapping[str, Any] | None = None
) -> dict[str, float] | DisentError:
    """The metric's scores, or the message that it gives instead."""
    try:
        return scores(metric, call(metric, inputs, options))
    except DisentError as refusal:
        return refusal

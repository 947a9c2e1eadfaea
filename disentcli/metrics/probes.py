"""Probes: how well a small classifier names each factor from a frozen representation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..config.coercion import Count, PositiveFloat
from ..errors import CallError
from ..registry import metric
from .representations import FactorLabels, Representation
from .score_stats import RepeatedScore
from .standardize import scaling_of

if TYPE_CHECKING:
    from .probe_ensemble import ProbeOptions


@metric("probes")
def probes(
    representations: Mapping[str, Representation],
    *,
    seeds: int = 3,
    hidden: int = 15,
    steps: int = 4_000,
    batch_size: Count = 512,
    lr: PositiveFloat = 5e-3,
    scaled: bool = True,
    seed: int = 0,
) -> dict[str, float | np.ndarray | str]:
    """Test accuracy of a probe of each factor from each frozen representation, e.g. `S_X.digit`.

    Means over `seeds` probes, trained on the training points by minibatch Adam for `steps` steps, which look
    at no test point. Codes are first scaled by mean and deviation of the training points, if `scaled`.
    `S_X.distance` is Σ |accuracy − ideal| over the factors that the view shows; of a shared representation
    S_… the ideal is 1 for shared and 1/K for exclusive factors with K values, of an exclusive one E_… the
    reverse. NaN where a factor is continuous or has one value. Array: `accuracy` (R, F, S), NaN for what a
    view does not show.
    Source: Sanchez, Serrurier, Ortner, ECCV 2020, tables 1 to 3; the layers of a public implementation.

    >>> from disentcli.metrics.representations import Representation
    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> codes = Representation("codes", factors.astype(float), factors, factors.astype(float), factors)
    >>> probes({"codes": codes}, seeds=1, steps=100)["codes.factor0"]
    1.0
    """
    from .probe_ensemble import ProbeOptions

    if min(seeds, hidden, steps, batch_size) < 1:
        raise CallError("probes take at least one seed, neuron, step and point in a batch")
    options = ProbeOptions(hidden, steps, batch_size, lr, scaled)
    factors = list(dict.fromkeys(name for one in representations.values() for name in one.factor_names))
    accuracy = np.full((len(representations), len(factors), seeds), np.nan)
    scores: dict[str, float | np.ndarray | str] = {}
    reasons: list[str] = []
    for row, (name, one) in enumerate(representations.items()):
        labels = one.labels()
        one.check_size(labels)
        found = _accuracies(one, labels, list(range(seed * seeds, (seed + 1) * seeds)), options)  # (S, P)
        scores |= _scores(name, one, labels, found)
        reasons += one.skipped_factors().values()
        accuracy[row, [factors.index(known.factor) for known in labels]] = found.T
    return {**scores, "accuracy": accuracy, **({"reason": "; ".join(reasons)} if reasons else {})}


def _scores(
    name: str, representation: Representation, labels: list[FactorLabels], accuracies: np.ndarray
) -> dict[str, float]:
    by_factor = {
        known.factor: RepeatedScore(found) for known, found in zip(labels, accuracies.T, strict=True)
    }
    scores = {
        f"{name}.{factor}": by_factor.get(factor, float("nan")) for factor in representation.factor_names
    }
    ideals = [ideal for known in labels if (ideal := representation.ideal_accuracy(known)) is not None]
    if ideals:
        complete = len(labels) == len(representation.factor_names)
        distances = np.abs(accuracies - ideals).sum(axis=1)
        scores[f"{name}.distance"] = RepeatedScore(distances) if complete else float("nan")
    return scores


def _accuracies(
    representation: Representation, labels: list[FactorLabels], seeds: list[int], options: ProbeOptions
) -> np.ndarray:
    """Test accuracy (S, P) of the probes of one representation, trained together."""
    from .probe_ensemble import probe_accuracies

    codes, test_codes = representation.train.codes, representation.test.codes
    if options.scaled:
        scaling = scaling_of(codes)
        codes, test_codes = scaling(codes), scaling(test_codes)
    return probe_accuracies(
        codes,
        np.stack([known.train for known in labels], axis=1),
        test_codes,
        np.stack([known.test for known in labels], axis=1),
        seeds,
        options,
    )

"""Do distances between codes follow those between factor values, and those between images?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np

from ..config.coercion import Count, Repeats
from ..errors import CallError
from ..registry import metric
from .factor_traversals import CELLS, draw_traversals, varying_factors
from .metric_warnings import warn
from .points import validate_matrix
from .sampling import FactorSampler, draw_points
from .standardize import common_unit, without_rounding

TRIPLETS = 64  # of one traversal or of one subset of points

Groups = Iterator[tuple[np.ndarray, np.ndarray]]
"""Places (n, S, ·) of points in n groups, and their codes with the observations behind them (n, S, ·)."""


@runtime_checkable
class ObservedSampler(FactorSampler, Protocol):
    """A `FactorSampler` that shows what the codes were made of."""

    def observed(self, factors: np.ndarray, rs: np.random.RandomState) -> tuple[np.ndarray, np.ndarray]:
        """Codes (N, D) of factor values (N, F), and the observations (N, ...) that these are codes of."""
        ...


@metric("distances")
def distances(
    sampler: FactorSampler,
    random_state: np.random.RandomState,
    *,
    repeats: Repeats = 1024,
    subset: Count = 32,
    triplets: Count = TRIPLETS,
) -> dict[str, float]:
    """Agreement of distances, e.g. `rcorr_ground_latent_l1_factor`: the measure, of what, among which points.

    lcorr and rcorr: linear and rank correlation; rsame: share of random triplets (a, p, n) that both
    distances order alike, ties too. ground: L1 between factor values; latent_l1, latent_l2: between codes;
    data: mean squared difference of observations, where the sampler is an `ObservedSampler`. factor: among
    points of a traversal, geometric mean over factors (NaN if one is negative); global: among `subset`
    uniform points. `triplets` of each of `repeats` traversals of a factor, and of as many subsets.
    Source: factored components of disent 0.8 (Michlo), in single precision as there.

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> distances(sampler, np.random.RandomState(0), repeats=16)["rcorr_ground_latent_l1_global"]
    1.0
    """
    if min(subset, triplets) < 1:
        raise CallError(f"expected positive numbers of points and triplets, got {subset} and {triplets}")
    joint = _Joint(sampler)
    per_factor = [
        _agreement(_traversals(joint, random_state, factor, repeats, triplets), joint, random_state, triplets)
        for factor in varying_factors(sampler.sizes)
    ]
    subsets = _subsets(joint, random_state, repeats, subset, triplets)
    overall = _agreement(subsets, joint, random_state, triplets)
    if math.isnan(overall["lcorr_ground_latent_l1"]):
        warn("no two points differ in their codes: rsame counts the ties among factors")
    scores = {}
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, value in overall.items():
            means = np.log([one[name] for one in per_factor])
            scores[f"{name}_factor"], scores[f"{name}_global"] = float(np.exp(means.mean())), value
    return scores


class _Joint:
    """Codes with the flattened observations, if there are any, in the columns behind them."""

    def __init__(self, sampler: FactorSampler) -> None:
        self.sampler, self.sizes = sampler, sampler.sizes
        self.latent_dim, self.unit = 0, np.float64(0)

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        if not isinstance(self.sampler, ObservedSampler):
            return self._in_unit(self.sampler.codes(factors, rs))
        codes, observations = self.sampler.observed(factors, rs)
        return np.hstack([self._in_unit(codes), observations.reshape(len(codes), -1)])

    def _in_unit(self, codes: np.ndarray) -> np.ndarray:
        """Codes in a power of two near the largest of those first drawn, so that squares fit float32."""
        codes = without_rounding(validate_matrix(codes, "sampled codes"))
        self.latent_dim, self.unit = codes.shape[1], self.unit or common_unit(codes)
        return codes / self.unit


def _traversals(joint: _Joint, rs: np.random.RandomState, factor: int, repeats: int, triplets: int) -> Groups:
    """Values (n, S, 1) of a factor, and codes with observations, of all its traversals."""
    size = joint.sizes[factor]
    for both in draw_traversals(joint, rs, factor, repeats, copies=1 + 6 * triplets // size):
        yield np.broadcast_to(np.arange(size, dtype=np.float32)[:, None], (len(both), size, 1)), both


def _subsets(joint: _Joint, rs: np.random.RandomState, repeats: int, size: int, triplets: int) -> Groups:
    """Factor values (n, S, F), and codes with observations, of sets of uniform points."""
    chunk = 1
    while repeats > 0:
        count = min(chunk, repeats)
        both, factors = draw_points(joint, count * size, rs, batch=size)
        yield factors.reshape(count, size, -1).astype(np.float32), both.reshape(count, size, -1)
        repeats -= count
        chunk = max(1, CELLS // (both.shape[1] * 6 * triplets))


def _agreement(groups: Groups, joint: _Joint, rs: np.random.RandomState, triplets: int) -> dict[str, float]:
    """Every measure of every two kinds of distance, over triplets of all groups together."""
    found = [_triplet_distances(ground, both, joint, rs, triplets) for ground, both in groups]
    kinds = {name: np.concatenate([one[name] for one in found], axis=1) for name in found[0]}
    names = [("ground", "latent_l1"), ("ground", "latent_l2")]
    if "data" in kinds:
        names += [("ground", "data"), ("latent_l1", "data"), ("latent_l2", "data")]
    scores = {}
    for one, other in names:
        label = f"{one}_{other}" if one == "ground" else f"latent_data_{one[-2:]}"
        for measure, value in _measures(kinds[one], kinds[other]):
            scores[f"{measure}_{label}"] = value
    return scores


def _triplet_distances(
    ground: np.ndarray, both: np.ndarray, joint: _Joint, rs: np.random.RandomState, triplets: int
) -> dict[str, np.ndarray]:
    """Distances (2, n · triplets) from a to p and from a to n, of groups of points (n, S, ...)."""
    picks = rs.randint(ground.shape[1], size=(3, len(ground), triplets, 1))
    anchor, *others = (np.take_along_axis(both.astype(np.float32), pick, axis=1) for pick in picks)
    apart = np.stack([np.abs(anchor - other) for other in others])  # (2, n, triplets, D + pixels)
    values, *other_values = (np.take_along_axis(ground, pick, axis=1) for pick in picks)
    codes, pixels = apart[..., : joint.latent_dim], apart[..., joint.latent_dim :]
    kinds = {
        "ground": np.stack([np.abs(values - other).sum(axis=2) for other in other_values]),
        "latent_l1": codes.sum(axis=3),
        "latent_l2": np.sqrt((codes**2).sum(axis=3)),
    }
    if pixels.size:
        kinds["data"] = (pixels**2).mean(axis=3)
    return {name: kind.reshape(2, -1) for name, kind in kinds.items()}


def _measures(one: np.ndarray, other: np.ndarray) -> Iterator[tuple[str, float]]:
    from scipy.stats import rankdata

    yield "rsame", float(np.mean(np.sign(one[0] - one[1]) == np.sign(other[0] - other[1])))
    yield "rcorr", _correlation(rankdata(one), rankdata(other))
    yield "lcorr", _correlation(one.ravel().astype(float), other.ravel().astype(float))


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    a, b = a - a.mean(), b - b.mean()
    scale = np.sqrt((a**2).sum() * (b**2).sum())
    return float((a * b).sum() / scale) if scale > 0 else float("nan")

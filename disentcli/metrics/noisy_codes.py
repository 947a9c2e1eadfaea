"""Entropies of codes that are normal distributions, by bins or by sampling."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from ..errors import CallError, Unsupported
from .discretize import Binning, binned_codes, varying_factor_classes, warn_of_crowding
from .information import entropies, information_matrix, relabel
from .metric_warnings import check_cells
from .points import validate_matrix, validate_points
from .standardize import scaling_of

Estimator = Literal["quantised", "sampling"]
SMALLEST_DENSITY = 1e-5  # a code narrower than the bins is wholly in the one that holds its mean
EPSILON = 1e-8  # the smallest density whose logarithm is taken
_CELLS = 1 << 22
SMALLEST_VARIANCE, SMALLEST_DEVIATION = 1e-8, 1e-8  # of a density's exponent and of the factor before it


def noisy_entropies(
    codes: np.ndarray,
    factors: np.ndarray,
    code_std: np.ndarray | None,
    *,
    estimator: Estimator,
    bins: int,
    limits: tuple[float, float],
    standardise: bool,
    binning: Binning,
    num_samples: int,
    seed: int,
) -> Entropies:
    """Entropies of codes whose means are `codes` (N, D), with deviations `code_std` (N, D) or none.

    Source: Do & Tran 2020 (arXiv 1908.09961), and their code clarken92/DisentanglementMetrics.
    """
    codes, factors = validate_points(codes, factors)
    deviations = np.zeros(codes.shape) if code_std is None else validate_matrix(code_std, "code_std")
    if deviations.shape != codes.shape or (deviations < 0).any():
        raise CallError(f"code_std must be of the codes' shape {codes.shape} and nowhere negative")
    classes = varying_factor_classes(factors)
    if binning == "quantile":
        if estimator != "quantised" or deviations.any():
            raise Unsupported("quantile bins are of codes without noise, by the estimator 'quantised'")
        return entropies_of_labels(binned_codes(codes, bins, binning, classes), classes)
    if standardise:
        scaling = scaling_of(codes)
        codes, deviations = scaling(codes), deviations / scaling.deviation
    if estimator == "quantised":
        labels = labels_between(codes, bins, limits)
        check_cells(labels, bins, classes)
        warn_of_crowding(codes, labels)
        return quantised_entropies(codes, deviations, classes, bins, limits)
    if estimator != "sampling":
        raise CallError(f"unknown estimator {estimator!r}; known: quantised, sampling")
    return sampled_entropies(codes, deviations, classes, num_samples, np.random.RandomState(seed))


def quantised_entropies(
    means: np.ndarray, deviations: np.ndarray, classes: np.ndarray, bins: int, limits: tuple[float, float]
) -> Entropies:
    """Entropies of codes cut into `bins` equal bins between the limits.

    Q(bin | n) is the density at the bin's centre, normalised over bins; where no density reaches 1e-5, all of
    it is in the bin of the mean, or the outermost one beyond the limits. Q(bin) and Q(bin, class) are means
    over points n.
    """
    edges = _edges(bins, limits)
    members, starts = memberships(classes)
    in_bins = (_in_bins(*moments, edges) for moments in zip(means.T, deviations.T, strict=True))
    joint = np.stack([shares.T @ members / len(means) for shares in in_bins])  # (D, bins, all classes)
    alone = joint[:, :, : starts[1]].sum(axis=2)
    per_class = _surprise(joint).sum(axis=1)
    return Entropies(
        codes=_surprise(alone).sum(axis=1),
        factors=entropies(classes),
        joint=np.add.reduceat(per_class, starts[:-1], axis=1),
    )


def labels_between(means: np.ndarray, bins: int, limits: tuple[float, float]) -> np.ndarray:
    """The bin, 1…bins, that holds each mean (N, D), or the outermost one beyond the limits."""
    return np.digitize(means, _edges(bins, limits)[1:-1]) + 1


def _edges(bins: int, limits: tuple[float, float]) -> np.ndarray:
    low, high = limits
    if bins < 1 or not low < high:
        raise CallError(f"{bins} bins between {low} and {high} are none; give at least 1, and low < high")
    return np.linspace(low, high, bins + 1)


def entropies_of_labels(labels: np.ndarray, classes: np.ndarray) -> Entropies:
    """Entropies of codes that are labels (N, D) already, beside classes (N, F)."""
    of_codes, of_factors = entropies(labels), entropies(classes)
    joint = of_codes[:, None] + of_factors - information_matrix(labels, classes)
    return Entropies(codes=of_codes, factors=of_factors, joint=joint)


def _in_bins(mean: np.ndarray, deviation: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Q(bin | n) (N, bins) of one code."""
    centres = (edges[:-1] + edges[1:]) / 2
    exponents = (
        -np.square(centres - mean[:, None]) / (2 * np.maximum(deviation**2, SMALLEST_VARIANCE))[:, None]
    )
    shares = np.exp(exponents)
    peaks = shares.max(axis=1) / (np.sqrt(2 * np.pi) * np.maximum(deviation, SMALLEST_DEVIATION))
    narrow = np.flatnonzero(peaks < SMALLEST_DENSITY)
    inside = np.searchsorted(edges, mean[narrow], side="right") - 1
    shares[narrow] = 0
    shares[narrow, np.clip(inside, 0, len(centres) - 1)] = 1
    return shares / shares.sum(axis=1, keepdims=True)


def _surprise(shares: np.ndarray) -> np.ndarray:
    """−p ln p, 0 where p is."""
    return -shares * np.log(shares, where=shares > 0, out=np.zeros_like(shares))


def sampled_entropies(
    means: np.ndarray,
    deviations: np.ndarray,
    classes: np.ndarray,
    num_samples: int,
    random_state: np.random.RandomState,
) -> Entropies:
    """Differential entropies −⟨ln q(z)⟩ over samples z of the codes, q the mean of all points' densities.

    H(z, v) takes the mean density of the points of the sample's own class over all points. A deterministic
    code has no density: Unsupported.
    """
    if num_samples < 1:
        raise CallError(f"num-samples is at least 1, not {num_samples}")
    if not (deviations > 0).all():
        raise Unsupported(
            "sampling needs the deviation of every code (code_std > 0): a deterministic code has no density\n"
            "use the estimator 'quantised'"
        )
    count, width = means.shape
    uniform = np.full(count, 1 / count, dtype=np.float32)  # as published: the draws depend on its precision
    points = random_state.choice(count, num_samples, replace=True, p=uniform)
    noise = random_state.randn(num_samples, width)
    members, starts = memberships(classes)
    own = relabel(classes)[points] + starts[:-1]  # (M, F): column of each sample's own class
    densities = [
        _densities(
            means[points, d] + deviations[points, d] * noise[:, d],
            means[:, d],
            deviations[:, d],
            members,
            own,
        )
        for d in range(width)
    ]
    surprises = np.stack([-np.log(np.maximum(density, EPSILON)).mean(axis=0) for density in densities])
    return Entropies(codes=surprises[:, 0], factors=entropies(classes), joint=surprises[:, 1:])


def _densities(
    samples: np.ndarray, means: np.ndarray, deviations: np.ndarray, members: np.ndarray, own: np.ndarray
) -> np.ndarray:
    """Densities (M, 1 + F) at samples (M,) of one code: of all points, and of those of each own class."""
    rows = []
    step = max(_CELLS // len(means), 1)
    scale = np.sqrt(2 * np.pi) * np.maximum(deviations, SMALLEST_DEVIATION) * len(means)
    halves = 0.5 / np.maximum(deviations**2, SMALLEST_VARIANCE)
    for start in range(0, len(samples), step):
        part = samples[start : start + step, None] - means
        part = np.exp(-np.square(part, out=part) * halves) / scale
        by_class = np.take_along_axis(part @ members, own[start : start + step], axis=1)
        rows.append(np.hstack([part.sum(axis=1, keepdims=True), by_class]))
    return np.concatenate(rows)


class Entropies(NamedTuple):
    """H(zᵢ) (D,), H(vₖ) (F,) and H(zᵢ, vₖ) (D, F) in nats; those with z are differential by sampling."""

    codes: np.ndarray
    factors: np.ndarray
    joint: np.ndarray

    @property
    def information(self) -> np.ndarray:
        """Mutual information (D, F)."""
        return self.codes[:, None] + self.factors - self.joint


def memberships(classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each point's class of every factor as 0 and 1 (N, classes of all factors), and starts (F + 1,)."""
    labels = relabel(classes)
    starts = np.concatenate([[0], np.cumsum(labels.max(axis=0) + 1)])
    members = np.zeros((len(labels), starts[-1]))
    members[np.arange(len(labels))[:, None], labels + starts[:-1]] = 1
    return members, starts

"""Entropies of codes in bins."""

from __future__ import annotations

import numpy as np

from ...errors import CallError
from ..information import entropies, information_matrix
from .entropies import SMALLEST_DEVIATION, SMALLEST_VARIANCE, Entropies, memberships

SMALLEST_DENSITY = 1e-5  # a code narrower than the bins is wholly in the one that holds its mean


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

"""Normalised mutual information of every code with every factor, by bins or from nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..discretize import binned_codes
from ..information import entropies, information_matrix, relabel
from ..standardize import scaling_of
from .versions import InfoMECSettings

JITTER = 1e-10  # of a code's mean size: scikit-learn's way to tell equal values apart


def normalised_information(
    codes: np.ndarray,
    code_indices: np.ndarray | None,
    classes: np.ndarray,
    settings: InfoMECSettings,
    seed: int,
) -> np.ndarray:
    """NMI (D, F): mutual information of codes (N, D) and classes (N, F) over an entropy; 0 / 0 is 0."""
    if settings.estimator == "neighbours":
        information = neighbour_information(codes, classes, settings.neighbours, seed)
        return information / _divisor(np.ones(len(information)), entropies(classes), settings.normalisation)
    if settings.estimator == "binned":
        labels = binned_codes(codes, settings.bins, classes=classes)
    else:
        labels = relabel(codes if code_indices is None else code_indices)
    information = information_matrix(labels, classes)
    divisor = _divisor(entropies(labels), entropies(classes), settings.normalisation)
    return np.divide(information, divisor, out=np.zeros_like(information), where=divisor > 0)


def _divisor(of_codes: np.ndarray, of_factors: np.ndarray, normalisation: str) -> np.ndarray:
    """What each entry (D, F) is divided by, from entropies (D,) and (F,)."""
    code, factor = np.broadcast_arrays(of_codes[:, None], of_factors[None])
    return {
        "factors": factor,
        "codes": code,
        "geometric-mean": np.sqrt(code * factor),
        "arithmetic-mean": (code + factor) / 2,
        "none": np.ones(code.shape),
    }[normalisation]


def neighbour_information(
    codes: np.ndarray, factors: np.ndarray, neighbours: int = 3, seed: int = 0
) -> np.ndarray:
    """Mutual information (D, F) in nats of continuous codes (N, D) with class labels (N, F).

    I = ψ(N) + ⟨ψ(k)⟩ − ⟨ψ(N of the class)⟩ − ⟨ψ(m)⟩ over points, at least 0: k = min(neighbours, others of
    the class), m = points of any class nearer than the k-th of the own class, the point itself included.
    A class of one point is left out. Equals scikit-learn's `mutual_info_classif(codes, factors[:, f],
    random_state=seed)`: on one line, sorting finds in milliseconds what trees of neighbours find in seconds.
    Codes of few distinct values are told apart by the jitter alone; then the result is one of a spread. A
    code that never changes tells nothing: exactly 0, where jitter alone would give noise.
    Source: Ross 2014, doi 10.1371/journal.pone.0087357.
    """
    labels = relabel(factors)
    information = np.zeros((codes.shape[1], labels.shape[1]))
    noisy = jittered(codes, seed)
    for d in np.flatnonzero(codes.max(axis=0) > codes.min(axis=0)):
        code = noisy[:, d]
        order = np.argsort(code, kind="stable")
        line = code[order]
        for f, classes in enumerate(labels[order].T):
            information[d, f] = _information(line, classes, neighbours)
    return information


def jittered(codes: np.ndarray, seed: int) -> np.ndarray:
    """Codes (N, D) divided by their standard deviations, with normal noise of scikit-learn's size."""
    scaled = codes / scaling_of(codes).deviation
    size = np.maximum(1.0, np.abs(scaled).mean(axis=0))
    return scaled + JITTER * size * np.random.RandomState(seed).standard_normal(codes.shape)


def _information(line: np.ndarray, classes: np.ndarray, neighbours: int) -> float:
    """Ross's estimate for one code, sorted (N,), and the classes of its points."""
    from scipy.special import digamma

    counts = np.bincount(classes)
    kept = counts[classes] > 1
    line, classes = line[kept], classes[kept]
    if not len(line):
        return 0.0
    counts = np.bincount(classes)
    used = np.minimum(neighbours, counts[classes] - 1)
    nearer = _points_within(line, _radii(line, classes, counts, neighbours))
    others = digamma(used).mean() - digamma(counts[classes]).mean() - digamma(nearer).mean()
    return max(float(digamma(len(line)) + others), 0.0)


def _radii(line: np.ndarray, classes: np.ndarray, counts: np.ndarray, neighbours: int) -> np.ndarray:
    """Distance (N,) of every point to the k-th nearest other one of its class.

    Those k points and itself are consecutive among the class's sorted points: of the k + 1 windows of that
    length around a point, the nearest neighbours fill the one with the nearest far end.
    """
    order = np.argsort(classes.astype(np.uint16 if len(counts) < 1 << 16 else np.int64), kind="stable")
    values, sizes = line[order], counts[classes[order]]
    starts = (np.cumsum(counts) - counts)[classes[order]]
    place = np.arange(len(line)) - starts
    used = np.minimum(neighbours, sizes - 1)
    nearest = np.full(len(line), np.inf)
    for below in range(neighbours + 1):
        first, last = place - below, place - below + used
        inside = (first >= 0) & (last < sizes) & (below <= used)
        low = values[np.where(inside, starts + first, 0)]
        high = values[np.where(inside, starts + last, 0)]
        farther = np.maximum(values - low, high - values)
        np.minimum(nearest, np.where(inside, farther, np.inf), out=nearest)
    radii = np.empty_like(nearest)
    radii[order] = nearest
    return radii


def _points_within(line: np.ndarray, radii: np.ndarray) -> np.ndarray:
    """Points (N,) whose distance from each is less than its radius, or zero, counted on the sorted line.

    The bounds that x ± r gives are rounded; each is moved until the distances themselves agree.
    """
    levels, starts = np.unique(line, return_index=True)
    ends = np.append(starts[1:], len(line))
    near = np.nextafter(radii, 0)
    low = np.clip(np.searchsorted(levels, line - near, "left"), 0, len(levels) - 1)
    high = np.clip(np.searchsorted(levels, line + near, "right") - 1, 0, len(levels) - 1)
    low = _outermost(low, -1, lambda at: np.abs(line - levels[at]) <= near, len(levels))
    high = _outermost(high, 1, lambda at: np.abs(levels[at] - line) <= near, len(levels))
    return ends[high] - starts[low]


def _outermost(
    at: np.ndarray, outward: int, within: Callable[[np.ndarray], np.ndarray], count: int
) -> np.ndarray:
    """The outermost levels that are within reach, starting from nearly right ones."""
    while True:
        wider = np.clip(at + outward, 0, count - 1)
        grows = within(wider) & (wider != at)
        if not grows.any():
            break
        at = np.where(grows, wider, at)
    while (beyond := ~within(at)).any():
        at = at - outward * beyond
    return at

"""Entropies of codes by sampling."""

from __future__ import annotations

import numpy as np

from ...errors import CallError, Unsupported
from ..information import entropies, relabel
from .entropies import SMALLEST_DEVIATION, SMALLEST_VARIANCE, Entropies, memberships

EPSILON = 1e-8  # the smallest density whose logarithm is taken
_CELLS = 1 << 22


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

"""Kernels on the scores of the classes: what is left to explain while trees grow, what grown trees add."""

from __future__ import annotations

import math

import numpy as np

from .compiled import compiled


@compiled
def logistic_residuals(
    scores: np.ndarray, classes: np.ndarray, residuals: np.ndarray, first: int, last: int
) -> None:
    """y − p of the points first…last−1, p = sigmoid of the one score. Scores and residuals (1, N)."""
    for i in range(first, last):
        y, score = float(classes[i]), scores[0, i]
        if score > -37.0:
            shrunk = math.exp(-score)
            residuals[0, i] = (y * shrunk - (1.0 - y)) / (1.0 + shrunk)
        else:
            residuals[0, i] = y - math.exp(score)


@compiled
def softmax_residuals(
    scores: np.ndarray, classes: np.ndarray, residuals: np.ndarray, first: int, last: int
) -> None:
    """[y = k] − pₖ of the points first…last−1, p = softmax of the scores. Scores and residuals (K, N)."""
    largest, total = scores[0, first:last].copy(), np.zeros(last - first)
    for k in range(1, len(scores)):
        for i in range(first, last):
            largest[i - first] = max(largest[i - first], scores[k, i])
    for k in range(len(scores)):
        for i in range(first, last):
            residuals[k, i] = math.exp(scores[k, i] - largest[i - first])
            total[i - first] += residuals[k, i]
    for k in range(len(scores)):
        for i in range(first, last):
            residuals[k, i] = (1.0 if classes[i] == k else 0.0) - residuals[k, i] / total[i - first]


@compiled
def add_trees(
    values: np.ndarray,
    code: np.ndarray,
    threshold: np.ndarray,
    value: np.ndarray,
    rate: float,
    scores: np.ndarray,
) -> None:
    """Add all trees to the scores (T, N) of points whose codes are values (D, N).

    code, threshold and value (stages, T, nodes) as in growth; each tree is shrunk by `rate`.
    """
    for t in range(len(scores)):
        for stage in range(len(code)):
            for i in range(values.shape[1]):
                node = 0
                while code[stage, t, node] >= 0:
                    is_right = values[code[stage, t, node], i] > threshold[stage, t, node]
                    node = 2 * node + (2 if is_right else 1)
                scores[t, i] += rate * value[stage, t, node]

"""Lasso regression of many targets at once, from the moments of standardised data."""

from __future__ import annotations

import numpy as np

TOLERANCE = 1e-10  # largest change of a coefficient in a round
ROUNDS = 10_000


def lasso(gram: np.ndarray, moments: np.ndarray, alpha: float) -> np.ndarray:
    """Coefficients W (D, T) that minimise ½ E|y − Wᵀx|² + alpha Σ|W|, by cyclic coordinate descent.

    gram = E[x xᵀ] (D, D) with a positive diagonal, moments = E[x yᵀ] (D, T), of centred x and y. The minimum
    is that of scikit-learn's `Lasso(alpha)`, which stops at a looser tolerance and fits one target at a time.

    >>> lasso(np.eye(2), np.array([[-0.5], [0.05]]), 0.1).ravel()
    array([-0.4,  0. ])
    """
    weights = np.zeros_like(moments)
    for _ in range(ROUNDS):
        change = 0.0
        for d, row in enumerate(gram):
            rest = moments[d] - row @ weights + row[d] * weights[d]
            updated = np.sign(rest) * np.maximum(np.abs(rest) - alpha, 0) / row[d]
            change = max(change, float(np.abs(updated - weights[d]).max()))
            weights[d] = updated
        if change < TOLERANCE:
            break
    return weights

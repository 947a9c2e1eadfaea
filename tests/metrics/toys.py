"""Two toy representations of a grid of 5 factors, with values that disentanglement_lib gives."""

from __future__ import annotations

import numpy as np

from disentcli.metrics.sampling import sample_factors

SIZES = (3, 6, 10, 8, 4)
MIXING = np.array(
    [
        [1, 0, 0.2, 0, 0, 0.3],
        [0, 1, 0, 0.5, 0, 0],
        [0, 0.3, 1, 0, 0.1, 0],
        [0.2, 0, 0, 1, 0, 0],
        [0, 0, 0.4, 0, 0.02, 1],
    ]
)


def centred(factors: np.ndarray) -> np.ndarray:
    """Factor values between −0.5 and 0.5."""
    return factors / (np.array(SIZES) - 1) - 0.5


def toy_a(factors: np.ndarray) -> np.ndarray:
    """Nearly disentangled codes (N, 6)."""
    return np.tanh(centred(factors) @ MIXING)


def toy_b(factors: np.ndarray) -> np.ndarray:
    """Entangled codes (N, 6) of different scales, one of them nearly dead."""
    weights = np.random.RandomState(1).normal(0, 1, (5, 6)).round(3)
    return np.sin(3 * centred(factors) @ weights) * np.array([1, 1, 2, 5, 0.02, 1])


def points(*counts: int) -> list[np.ndarray]:
    """Successive draws of factors from RandomState(0), as the library makes its training and test points."""
    rng = np.random.RandomState(0)
    return [sample_factors(SIZES, count, rng) for count in counts]

"""What the estimators give: entropies of codes, of factors and of their pairs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..information import relabel

SMALLEST_VARIANCE, SMALLEST_DEVIATION = 1e-8, 1e-8  # of a density's exponent and of the factor before it


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

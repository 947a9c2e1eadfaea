"""Which latent belongs to which factor: the best one-to-one matching, and rows in its order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Matching:
    """`order` (D,) has the latents matched to factor 0, 1, … first, then the others as they come.

    `pairs` are the matched (latent, factor), in the order of the factors.
    """

    order: np.ndarray
    pairs: tuple[tuple[int, int], ...]

    @property
    def cells(self) -> list[tuple[int, int]]:
        """The cells (row, column) of the pairs once the rows are in order."""
        rows = {int(latent): row for row, latent in enumerate(self.order)}
        return [(rows[latent], factor) for latent, factor in self.pairs]


def match(matrix: np.ndarray) -> Matching:
    """The one-to-one matching of latents to factors with the largest sum of matrix (D, F) entries' sizes.

    Kuhn 1955 ("Hungarian" algorithm), by scipy; entries that are not finite count as 0.

    >>> match(np.array([[0.1, 0.2], [0.0, 0.9], [0.8, 0.3]])).order.tolist()
    [2, 1, 0]
    """
    from scipy.optimize import linear_sum_assignment

    latents, factors = linear_sum_assignment(np.abs(np.nan_to_num(matrix)), maximize=True)
    by_factor = np.argsort(factors, kind="stable")
    pairs = tuple((int(latents[i]), int(factors[i])) for i in by_factor)
    matched = [latent for latent, _ in pairs]
    others = [latent for latent in range(len(matrix)) if latent not in matched]
    return Matching(np.array([*matched, *others], dtype=np.int64), pairs)

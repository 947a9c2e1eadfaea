"""Factor values drawn uniformly from a full grid, in disentanglement_lib's order."""

from __future__ import annotations

import numpy as np

BATCH = 16  # the library draws factor by factor in batches of this size: another size gives other points


def sample_factors(sizes: tuple[int, ...], count: int, rng: np.random.RandomState) -> np.ndarray:
    """Factor values (count, F), uniform with replacement: the points that Locatello et al. 2019 evaluate on.

    Drawing 10,000 and then 5,000 from `RandomState(0)` gives the library's training and test points.
    """
    batches = []
    for start in range(0, count, BATCH):
        size = min(BATCH, count - start)
        batches.append(np.stack([rng.randint(values, size=size) for values in sizes], axis=1))
    return np.concatenate(batches).astype(np.int64)

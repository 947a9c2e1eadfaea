"""Random splits into training, validation and test indices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..errors import CallError


@dataclass(frozen=True)
class Splits:
    """Disjoint int64 indices that make up the whole; `test` is sorted, `train` and `val` are shuffled."""

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray


def random_splits(
    n: int,
    seed: int,
    *,
    test_share: float = 0.2,
    val_share: float = 0.1,
    test_indices: np.ndarray | None = None,
) -> Splits:
    """Split 0…n−1 as "Structure by Architecture" does (Leeb et al., ICLR 2023, published code).

    Test: the last int(test_share · n) of numpy's RandomState(0) permutation, hence the same for every seed,
    unless the data bring their own `test_indices`. Validation: the first round(val_share · rest) of torch's
    permutation of the (sorted) rest under `seed`. CallError if nothing is left to train on.
    """
    if test_indices is None:
        order = np.random.RandomState(0).permutation(n)
        test_indices = order[n - int(test_share * n) :]
    test = np.sort(np.asarray(test_indices, dtype=np.int64))
    kept = np.ones(n, dtype=bool)
    kept[test] = False
    rest = np.flatnonzero(kept)
    order = torch.randperm(len(rest), generator=torch.Generator().manual_seed(seed)).numpy()
    shuffled = rest[order].astype(np.int64)
    validation = round(val_share * len(rest))
    if validation >= len(rest):
        raise CallError(
            f"of {n:,} items, {len(test):,} are for testing and {validation:,} for validation: "
            "none are left to train on"
        )
    return Splits(train=shuffled[validation:], val=shuffled[:validation], test=test)


def spread(indices: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the indices, evenly spread over them."""
    if len(indices) <= most:
        return indices
    return indices[np.linspace(0, len(indices) - 1, most).astype(np.int64)]

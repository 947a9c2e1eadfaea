"""Splits into training, validation and test indices, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import torch

from ...errors import CallError
from ..parts import PARTS


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Splits:
    """Disjoint int64 indices; `test` and `held_out` are sorted, `train` and `val` are shuffled.

    held_out: combinations that training never meets and `test` does not hold; in an update stage they are in
      `train` too, and `held_out_is_trained`.
    weights: of each training image, summing to 1; training then draws with replacement.
    labelled: the part of `train` whose labels may be used; None for all.
    held_out_factors: the factors by which combinations are held out.
    tested_held_out: those of `test` that are held-out combinations, if it is not free of them.
    """

    train: np.ndarray
    val: np.ndarray
    test: np.ndarray
    held_out: np.ndarray = field(default_factory=_none)
    weights: np.ndarray | None = None
    labelled: np.ndarray | None = None
    held_out_is_trained: bool = False
    held_out_factors: tuple[str, ...] = ()
    tested_held_out: np.ndarray = field(default_factory=_none)

    def generalisation_parts(self, images: int, mode: str | None = None) -> dict[str, np.ndarray]:
        """All images 0…images−1 in four disjoint parts, by how far they are from those trained on.

        train: trained on, and no combination that was held out. in_distribution: combinations that were not
        held out, of the test and validation parts, or of the one of these that `mode` names. held_out: those
        that were, tested or not. neither: all others, as what `only`, a `subset` or the mode leaves out.
        """
        held_out = np.union1d(self.held_out, self.tested_held_out)
        modes = {"val": [self.val], "test": [self.test]}
        hold_out = np.concatenate(modes.get(mode or "", [self.val, self.test]))
        parts = {
            "train": np.setdiff1d(self.train, held_out),
            "in_distribution": np.setdiff1d(hold_out, held_out),
            "held_out": held_out,
        }
        left = np.ones(images, dtype=bool)
        left[np.concatenate(list(parts.values()))] = False
        return {**parts, "neither": np.flatnonzero(left)}

    @property
    def trainable(self) -> np.ndarray:
        """The images that training or validation may show, sorted."""
        return np.sort(np.concatenate([self.train, self.val]))

    def part(self, name: str, images: int) -> np.ndarray:
        """The indices of a part by its name in PARTS; `all` are 0…images−1, of every split and of none.

        Raises:
            CallError: there is no such part, or it is empty.
        """
        if name not in PARTS:
            raise CallError(f"no part of the data is called {name!r}; the parts are {', '.join(PARTS)}")
        parts = {one: self._indices(one, images) for one in PARTS}
        if not len(parts[name]):
            counts = ", ".join(f"{one} {len(indices):,}" for one, indices in parts.items() if len(indices))
            raise CallError(
                f"the {name} part of these data is empty; choose another one with --mode: {counts}"
            )
        return parts[name]

    def _indices(self, name: str, images: int) -> np.ndarray:
        if name == "all":
            return np.arange(images, dtype=np.int64)
        found: np.ndarray = getattr(self, name.replace("-", "_"))
        return found

    @property
    def labelled_weights(self) -> np.ndarray | None:
        """The weights of the labelled images, where training images have weights."""
        if self.weights is None or self.labelled is None:
            return None
        order = np.argsort(self.train)
        return self.weights[order[np.searchsorted(self.train, self.labelled, sorter=order)]]

    @property
    def val_or_train(self) -> np.ndarray:
        """Images to draw while a training goes on: those of validation, else of training."""
        return self.val if len(self.val) else self.train


def random_splits(
    n: int,
    seed: int,
    *,
    test_share: float = 0.2,
    val_share: float = 0.1,
    test_indices: np.ndarray | None = None,
) -> Splits:
    """Split 0…n−1 as "Structure by Architecture" does (Leeb et al., ICLR 2023, published code).

    The parts are those of `draw_test_indices` and `split_train_val`.
    CallError if nothing is left to train on.
    """
    test = draw_test_indices(n, test_share, test_indices)
    kept = np.ones(n, dtype=bool)
    kept[test] = False
    train, val = split_train_val(kept, seed, val_share)
    return Splits(train=train, val=val, test=test)


def with_held_out_trained(splits: Splits, seed: int) -> Splits:
    """The split of an update stage: what was held out is trained on too, and is still named `held_out`.

    Test and validation stay as they are.
    Source: the update stage after extrapolation, Leeb et al., ICLR 2023, published code.

    Raises:
        CallError: the training images have weights, of which those held out have none.
    """
    if splits.weights is not None:
        raise CallError(
            "train-held-out: the training images are drawn with weights (correlate, balance or replacement), "
            "those that were held out have none; leave one of them out"
        )
    every = np.concatenate([splits.train, splits.held_out])
    order = torch.randperm(len(every), generator=torch.Generator().manual_seed(seed)).numpy()
    return replace(splits, train=every[order], held_out_is_trained=True)


def draw_test_indices(n: int, share: float, official: np.ndarray | None = None) -> np.ndarray:
    """The official test part, sorted, or the last int(share · n) of numpy's RandomState(0) permutation.

    It is the same for every seed.
    """
    if official is None:
        order = np.random.RandomState(0).permutation(n)
        official = order[n - int(share * n) :]
    return np.sort(np.asarray(official, dtype=np.int64))


def split_train_val(
    kept: np.ndarray, seed: int, val_share: float, official: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Training and validation places, shuffled, of a mask (N,) of what is kept.

    Validation: the first round(val_share · kept) of torch's permutation under `seed`, or the kept ones of an
    `official` part. CallError if nothing is left to train on.
    """
    places = np.flatnonzero(kept)
    order = torch.randperm(len(places), generator=torch.Generator().manual_seed(seed)).numpy()
    shuffled = places[order].astype(np.int64)
    if official is None:
        count = round(val_share * len(places))
        train, val = shuffled[count:], shuffled[:count]
    else:
        among = np.isin(shuffled, official)
        train, val = shuffled[~among], shuffled[among]
    if not len(train):
        raise CallError(
            f"of {len(kept):,} items, {len(kept) - len(places):,} are for testing and {len(val):,} for "
            "validation: none are left to train on"
        )
    return train, val


def subsample_evenly(indices: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the indices, evenly spread over them."""
    if len(indices) <= most:
        return indices
    return indices[np.linspace(0, len(indices) - 1, most).astype(np.int64)]

"""The split of a training run: at random, with combinations of factors held out, fewer images or labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import CallError
from ...registry import split
from ..dataset import Dataset
from .balancing import balanced_weights
from .correlation import log_weights
from .factor_columns import FactorColumns, factor_columns
from .predicates import evaluate_predicate, predicate_factors
from .splits import Splits, draw_test_indices, split_train_val


@split("standard")
class StandardSplit:
    """Test, validation and training images at random, except those that predicates hold out.

    hold_out: predicates by name; an image for which any is true is never trained on, it is `held_out`.
    only: predicates by name; an image for which one is false belongs to no part at all.
    filter_test: whether the test part is free of held-out combinations; if not, it keeps those drawn.
    subset, labels: the training images kept, and those whose labels may be used: a number, or a fraction
        below 1. They are the first of the shuffled training images, so that fewer are part of more.
    correlate: {factors: [one, other], sigma: σ}, or several by name: see `log_weights`.
    balance: a factor, or several, each value of which training draws equally often: see `balanced_weights`.
    replacement: whether training draws its images with replacement, each draw independent of the others, in
        place of epochs that show each image once. With `correlate` or `balance` it always does.
    """

    def __init__(
        self,
        *,
        hold_out: dict | None = None,
        only: dict | None = None,
        test_share: float = 0.2,
        val_share: float = 0.1,
        filter_test: bool = True,
        subset: int | float | None = None,
        labels: int | float | None = None,
        correlate: dict | None = None,
        balance: str | list | None = None,
        replacement: bool = False,
    ) -> None:
        for name, share in (("test-share", test_share), ("val-share", val_share)):
            if not 0 <= share < 1:
                raise CallError(f"{name}: expected a share from 0 to less than 1, got {share}")
        self.hold_out = _present(hold_out, "hold-out")
        self.only = _present(only, "only")
        self.test_share, self.val_share, self.filter_test = test_share, val_share, filter_test
        self.subset, self.labels = subset, labels
        self.correlate, self.balance, self.replacement = correlate or {}, balance or (), replacement

    def __call__(self, dataset: Dataset, seed: int) -> Splits:
        """The parts of the dataset under this seed; the test part is the same for every seed.

        Raises:
            CallError: a predicate is wrong, or keeps or holds out nothing or everything; nothing is left to
                train on; there are fewer training images than the subset wants.
        """
        constrained = self.hold_out or self.only or self.correlate or self.balance
        factors = factor_columns(dataset) if constrained else None
        kept, held = self._regions(len(dataset), factors)
        drawn = np.zeros(len(dataset), dtype=bool)
        drawn[draw_test_indices(len(dataset), self.test_share, dataset.test_indices)] = True
        tested = drawn & kept & ~held if self.filter_test else drawn & kept
        train, val = split_train_val(kept & ~held & ~drawn, seed, self.val_share, dataset.val_indices)
        train = train[: _count(self.subset, len(train), "subset")] if self.subset is not None else train
        return Splits(
            train=train,
            val=val,
            test=np.flatnonzero(tested),
            held_out=np.flatnonzero(held & ~tested),
            weights=self._weights(train, factors),
            labelled=None if self.labels is None else train[: _count(self.labels, len(train), "labels")],
            held_out_factors=self._held_out_factors(factors),
            tested_held_out=np.flatnonzero(held & tested),
        )

    def _regions(self, n: int, factors: FactorColumns | None) -> tuple[np.ndarray, np.ndarray]:
        """What `only` keeps, and what of it is held out: two masks (N,)."""
        kept, held = np.ones(n, dtype=bool), np.zeros(n, dtype=bool)
        if factors is None:
            return kept, held
        for name, written in self.only.items():
            found = evaluate_predicate(written, factors, f"only.{name}")
            _refuse_trivial(found, np.ones(n, dtype=bool), f"only.{name}: the predicate keeps")
            kept &= found
        if not kept.any():
            raise CallError(f"only: no image fits {' and '.join(self.only)}")
        for name, written in self.hold_out.items():
            found = evaluate_predicate(written, factors, f"hold-out.{name}") & kept
            _refuse_trivial(found, kept, f"hold-out.{name}: the predicate holds out")
            held |= found
        if self.hold_out:
            _refuse_trivial(held, kept, f"hold-out: {' or '.join(self.hold_out)} hold out")
        return kept, held

    def _held_out_factors(self, factors: FactorColumns | None) -> tuple[str, ...]:
        """The factors that the predicates of `hold_out` are about."""
        if factors is None:
            return ()
        named = [predicate_factors(one, factors, f"hold-out.{name}") for name, one in self.hold_out.items()]
        return tuple(dict.fromkeys(factor for names in named for factor in names))

    def _weights(self, train: np.ndarray, factors: FactorColumns | None) -> np.ndarray | None:
        if factors is None or not (self.correlate or self.balance):
            return np.full(len(train), 1 / len(train)) if self.replacement else None
        weights = None
        if self.correlate:
            exponents = log_weights(self.correlate, factors, "correlate")[train]
            weights = np.exp(exponents - exponents.max())
            weights = weights / weights.sum()
        if self.balance:
            weights = balanced_weights(self.balance, factors, train, weights, "balance")
        return weights


def _present(written: Mapping[str, Any] | None, place: str) -> dict[str, Any]:
    """The predicates by name, without those that a config above has set to null."""
    for name, predicate in (written or {}).items():
        if not isinstance(predicate, (Mapping, list, tuple, type(None))):
            raise CallError(
                f"{place}: every predicate needs a name, as in {place}: {{mine: {{shape: square}}}}; "
                f"{name!r} has {predicate!r}"
            )
    return {name: one for name, one in (written or {}).items() if one is not None}


def _refuse_trivial(found: np.ndarray, among: np.ndarray, said: str) -> None:
    count, most = int(found.sum()), int(among.sum())
    if count in (0, most):
        raise CallError(f"{said} {'everything' if count else 'nothing'} of {most:,} images")


def _count(wanted: int | float, available: int, place: str) -> int:
    """How many of those available a number or a fraction means."""
    if not wanted > 0 or (wanted > 1 and wanted != int(wanted)):
        raise CallError(f"{place}: expected a number of images or a fraction of them, got {wanted}")
    fraction = isinstance(wanted, float) and wanted <= 1
    count = round(wanted * available) if fraction else int(wanted)
    if not 1 <= count <= available:
        raise CallError(f"{place}: {wanted} of {available:,} training images cannot be had")
    return count

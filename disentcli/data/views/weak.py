"""Pairs for weak supervision: k factors of an image are drawn anew; which ones is not known to the method."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ...errors import CallError
from ...registry import view
from ..counter_rng import CounterRNG
from ..dataset import Dataset
from .allowed_grid import AllowedGrid, change_one, resample
from .view import View, ViewIndices, grid_of


@view("weak")
class WeakPairs(View):
    """Each image with one in which a random set of its factors was drawn anew (Locatello et al., ICML 2020).

    k: the most factors that change; −1 stands for all but one.
    number: how many do in a pair: `uniform` in 1…k; `fixed` k; `either` 1 or k with equal chance, where for
      −1 k itself is uniform below the number of factors (disentanglement_lib's released code).
    repeats: a factor drawn anew may keep its class, as in the released code; in the paper it changes.

    Factors that have one class only, among the images that training may show, are never chosen. Where no such
    image is found in 32 tries, one of the chosen factors changes, if any can.
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        seed: int = 0,
        k: int = -1,
        number: Literal["uniform", "fixed", "either"] = "uniform",
        repeats: bool = False,
    ) -> None:
        self._grid = grid_of(dataset, "weak")
        self._k, self._number, self._repeats = k, number, repeats
        super().__init__(dataset, seed=seed)

    def _build_tables(self, allowed: np.ndarray) -> None:
        self._allowed = AllowedGrid.of(self._grid, self.factor_names, allowed)
        varying = int(self._allowed.varying.sum())
        if not varying:
            raise CallError(f"view weak: no factor of {self.name} varies among the images for training")
        if self._k != -1 and not 1 <= self._k <= varying:
            raise CallError(f"view weak: k is 1…{varying}, or -1 for all factors but one, not {self._k}")
        self._most = max(varying - 1, 1) if self._k == -1 else self._k

    def _draw(self, rng: CounterRNG) -> ViewIndices:
        allowed = self._allowed
        classes = allowed.classes(rng.indices)
        chosen = self._choose(rng.fork(0), self._how_many(rng))
        hidden = ~allowed.shown.expand_as(chosen)
        free, moving = (hidden | chosen, chosen & hidden) if self._repeats else (hidden, chosen)
        partner, found = resample(allowed, classes, free, moving, rng.fork(1))
        changed_once, _ = change_one(allowed, classes, chosen, rng.fork(2))
        partner = torch.where(found[:, None], partner, changed_once)
        pairs = torch.stack([rng.indices, allowed.places(partner)], dim=1)
        return ViewIndices(pairs, self._differences(pairs))

    def _how_many(self, rng: CounterRNG) -> Tensor:
        """(B,): how many factors are drawn anew."""
        most = torch.full_like(rng.indices, self._most)
        if self._number == "fixed":
            return most
        if self._number == "uniform":
            return 1 + rng.fork(3).below(most)
        top = 1 + rng.fork(3).below(most) if self._k == -1 else most
        return torch.where(rng.fork(4).uniform(1)[:, 0] < 0.5, 1, top)

    def _choose(self, rng: CounterRNG, number: Tensor) -> Tensor:
        """(B, G): a uniformly random set of so many varying factors."""
        varying = self._allowed.varying
        order = torch.where(varying, rng.uniform(len(varying)), 2.0).argsort(1).argsort(1)
        return order < number[:, None]

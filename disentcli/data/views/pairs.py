"""Pairs that share named factors, or in which exactly the named ones differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ...errors import CallError
from ...registry import view
from ..counter_rng import CounterRNG
from ..dataset import Dataset
from .index_tables import GroupIndex
from .view import View, ViewIndices

TRIES = 64  # with `change`: of all seven factors of MPI3D, one pair in 27,000 finds none


@view("pairs")
class Pairs(View):
    """Each image with a partner, uniform among the images that agree in the factors to be shared.

    share: the partner has the same classes of these factors; the others fall as they may. For 3D-Shapes with
      scale, shape and orientation these are the pairs of Sanchez et al. (ECCV 2020).
    change: the partner differs in each of these factors and agrees in all others; where no such image is
      found in 64 tries, only the agreement is kept.
    """

    def __init__(
        self, dataset: Dataset, *, seed: int = 0, share: Sequence[str] = (), change: Sequence[str] = ()
    ) -> None:
        if bool(share) == bool(change):
            raise CallError("view pairs: name the factors to `share` or those to `change`")
        named = _positions(dataset, share or change)
        self._changing = named if change else []
        others = [k for k in range(len(dataset.factor_names)) if k not in named]
        self._shared = others if change else named
        if not all(dataset.factor_sizes[k] for k in self._shared):
            raise CallError(f"view pairs: continuous factors of {dataset.name} cannot be shared")
        super().__init__(dataset, seed=seed)
        self.shared_factors = tuple(dataset.factor_names[k] for k in sorted(self._shared))

    def _build_tables(self, allowed: np.ndarray) -> None:
        self._groups = GroupIndex.of(self._images.factors()[:, self._shared], allowed)

    def _draw(self, rng: CounterRNG) -> ViewIndices:
        tries = TRIES if self._changing else 1
        candidates = self._groups.draw(rng, tries)
        pairs = torch.stack([rng.indices, self._suitable(rng.indices, candidates)], dim=1)
        return ViewIndices(pairs, self._differences(pairs))

    def _suitable(self, indices: Tensor, candidates: Tensor) -> Tensor:
        """The first of the candidates (B, tries) that differs in all that must change, or else the first."""
        if not self._changing:
            return candidates[:, 0]
        differ = self.factors_at(candidates) != self.factors_at(indices)[:, None]
        suitable = torch.stack([differ[..., k] for k in self._changing]).all(0)
        return candidates.gather(1, suitable.int().argmax(1, keepdim=True))[:, 0]


def _positions(dataset: Dataset, names: Sequence[str]) -> list[int]:
    known = tuple(dataset.factor_names)
    for name in names:
        if name not in known:
            raise CallError(f"view pairs: {dataset.name} has no factor {name!r}; it has {', '.join(known)}")
    return [known.index(name) for name in names]

"""The part of a factor grid that training may show, and steps within it that are made for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..factors import FactorSpace
from .chance import CounterRNG
from .tables import GridFactors, IndexTables, strides

TRIES = 32  # where half of the grid is held out, one draw in four billion finds nothing inside
ALL = slice(None)


@dataclass(frozen=True)
class AllowedGrid(IndexTables):
    """A boolean table of a grid of G factors with at most M values, and what it says of each factor."""

    sizes: Tensor  # (G,)
    strides: Tensor  # (G,)
    inside: Tensor  # (N,) bool
    values: Tensor  # (G, M) the classes of each factor that occur inside, then zeros
    ranks: Tensor  # (G, M) the place of a class among them, −1 where it does not occur
    counts: Tensor  # (G,) how many occur
    shown: Tensor  # (G,) bool, false for hidden factors

    @classmethod
    def of(cls, grid: FactorSpace, shown: Sequence[str], allowed: np.ndarray) -> AllowedGrid:
        """The region of the allowed places, and which of the grid's factors are `shown`."""
        inside = np.zeros(grid.size, dtype=bool)
        inside[allowed] = True
        values = np.zeros((len(grid.sizes), max(grid.sizes)), dtype=np.int64)
        ranks = np.full_like(values, -1)
        axes = range(len(grid.sizes))
        table = inside.reshape(grid.sizes)
        present = [np.flatnonzero(table.any(axis=tuple(a for a in axes if a != k))) for k in axes]
        for k, classes in enumerate(present):
            values[k, : len(classes)] = classes
            ranks[k, classes] = np.arange(len(classes))
        sizes = torch.tensor(grid.sizes)
        counts = torch.tensor([len(classes) for classes in present])
        tables = (torch.from_numpy(inside), torch.from_numpy(values), torch.from_numpy(ranks), counts)
        return cls(sizes, strides(sizes), *tables, torch.tensor([name in shown for name in grid.names]))

    @property
    def varying(self) -> Tensor:
        """(G,) bool: the shown factors that occur with more than one class."""
        return (self.counts > 1) & self.shown

    def classes(self, places: Tensor) -> Tensor:
        """Classes (…, G) of places (…)."""
        return GridFactors(self.sizes, self.strides)(places)

    def places(self, classes: Tensor) -> Tensor:
        """Places (…) of classes (…, G)."""
        return (classes * self.strides).sum(-1)

    def others(self, classes: Tensor, factors: slice = ALL) -> Tensor:
        """(B, K, M): whether class m of each of the factors, in place of its own, leads elsewhere inside."""
        every = torch.arange(self.values.shape[1], device=classes.device)
        moved = (every - classes[:, factors, None]) * self.strides[factors, None]
        exists = every < self.sizes[factors, None]
        places = torch.where(exists, self.places(classes)[:, None, None] + moved, 0)
        return self.inside[places] & exists & (moved != 0)


def nth_true(is_open: Tensor, n: Tensor) -> Tensor:
    """(B,): the place of the true entry number n (B,) in each row of (B, M); M where there are not so many.

    >>> nth_true(torch.tensor([[True, False, True]]), torch.tensor([1]))
    tensor([2])
    """
    return (is_open.cumsum(-1) <= n[:, None]).sum(-1)


def step(
    region: AllowedGrid, classes: Tensor, permitted: Tensor, chance: CounterRNG
) -> tuple[Tensor, Tensor]:
    """Change one factor: the new classes (B, G), and which factor it was (B,).

    The factor is uniform among the `permitted` ones (G,) or (B, G) that have another class inside, and the
    class uniform among those. Where there is no such factor, one is named and nothing changes.
    """
    others = region.others(classes)
    able = others.any(-1) & permitted
    order = chance.part(0).uniform(len(region.sizes)) + permitted + able.float()
    factor = order.argmax(1)
    is_open = others.gather(1, factor[:, None, None].expand(-1, 1, others.shape[2]))[:, 0]
    return _set(classes, factor, is_open, chance.part(1)), factor


def sweep(region: AllowedGrid, classes: Tensor, kept: Tensor, chance: CounterRNG) -> Tensor:
    """Change every factor but the `kept` one (B,), in turn, to another class that stays inside (B, G).

    A factor without such a class keeps its own.
    """
    for k in range(len(region.sizes)):
        factor = torch.full_like(kept, k)
        is_open = region.others(classes, slice(k, k + 1))[:, 0] & (kept != k)[:, None]
        classes = _set(classes, factor, is_open, chance.part(k))
    return classes


def redraw(
    region: AllowedGrid, classes: Tensor, free: Tensor, moving: Tensor, chance: CounterRNG
) -> tuple[Tensor, Tensor]:
    """Draw factors anew: the new classes (B, G), and whether they lie inside (B,) after 32 tries.

    Uniform among the combinations inside in which `free` factors (B, G) have any class, `moving` ones another
    than before, and all others the same.
    """
    batch, factors = classes.shape
    every = torch.arange(factors, device=classes.device)
    ranks = region.ranks[every, classes]
    among = region.counts - (moving & (ranks >= 0)).long()
    drawn = chance.integers(among.repeat(1, TRIES)).view(batch, TRIES, factors)
    begin = torch.where(moving, ranks + 1, 0)[:, None]
    fresh = region.values[every, (begin + drawn) % region.counts]
    tries = torch.where((free | moving)[:, None], fresh, classes[:, None])
    right = region.inside[region.places(tries)] & ((tries != classes[:, None]) | ~moving[:, None]).all(-1)
    first = right.int().argmax(1)
    return tries[torch.arange(batch, device=classes.device), first], right.any(1)


def _set(classes: Tensor, factor: Tensor, is_open: Tensor, chance: CounterRNG) -> Tensor:
    """Give each row's factor a class drawn from the open ones (B, M), if there are any."""
    count = is_open.sum(-1)
    drawn = nth_true(is_open, chance.below(count))
    old = classes.gather(1, factor[:, None])
    return classes.scatter(1, factor[:, None], torch.where(count[:, None] > 0, drawn[:, None], old))

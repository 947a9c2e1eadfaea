"""The combinations of a factor grid that training may show, and changes of factors that stay among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..counter_rng import CounterRNG
from ..factors import FactorSpace
from .index_tables import GridFactors, IndexTables, strides

TRIES = 32  # where half of the grid is held out, one draw in four billion finds nothing
ALL = slice(None)


@dataclass(frozen=True)
class AllowedGrid(IndexTables):
    """Which combinations of G factors with at most M values each are allowed, and what follows from it."""

    sizes: Tensor  # (G,)
    strides: Tensor  # (G,)
    inside: Tensor  # (N,) bool, whether a combination is allowed
    values: Tensor  # (G, M) the classes of each factor that occur in allowed combinations, then zeros
    ranks: Tensor  # (G, M) the place of a class among them, −1 where it does not occur
    counts: Tensor  # (G,) how many occur
    shown: Tensor  # (G,) bool, false for hidden factors

    @classmethod
    def of(cls, grid: FactorSpace, shown: Sequence[str], allowed: np.ndarray) -> AllowedGrid:
        """The grid with these allowed images; `shown` are the names of the factors that are not hidden."""
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
        """(B, K, M): whether class m of each of the factors, in place of its own, is another allowed one."""
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


def change_one(
    grid: AllowedGrid, classes: Tensor, permitted: Tensor, rng: CounterRNG
) -> tuple[Tensor, Tensor]:
    """Change one factor: the new classes (B, G), and which factor it was (B,).

    The factor is uniform among the `permitted` ones (G,) or (B, G) that have another allowed class,
    and the class uniform among those. Where there is no such factor, one is named and nothing changes.
    """
    others = grid.others(classes)
    able = others.any(-1) & permitted
    order = rng.fork(0).uniform(len(grid.sizes)) + permitted + able.float()
    factor = order.argmax(1)
    is_open = others.gather(1, factor[:, None, None].expand(-1, 1, others.shape[2]))[:, 0]
    return _set(classes, factor, is_open, rng.fork(1)), factor


def change_others(grid: AllowedGrid, classes: Tensor, kept: Tensor, rng: CounterRNG) -> Tensor:
    """Change every factor but the `kept` one (B,), in turn, to another class that is allowed (B, G).

    A factor without such a class keeps its own.
    """
    for k in range(len(grid.sizes)):
        factor = torch.full_like(kept, k)
        is_open = grid.others(classes, slice(k, k + 1))[:, 0] & (kept != k)[:, None]
        classes = _set(classes, factor, is_open, rng.fork(k))
    return classes


def resample(
    grid: AllowedGrid, classes: Tensor, free: Tensor, moving: Tensor, rng: CounterRNG
) -> tuple[Tensor, Tensor]:
    """Draw factors anew: the new classes (B, G), and whether they are allowed (B,) after 32 tries.

    Uniform among the allowed combinations in which `free` factors (B, G) have any class, `moving` ones
    another than before, and all others the same.
    """
    batch, factors = classes.shape
    every = torch.arange(factors, device=classes.device)
    ranks = grid.ranks[every, classes]
    among = grid.counts - (moving & (ranks >= 0)).long()
    drawn = rng.integers(among.repeat(1, TRIES)).view(batch, TRIES, factors)
    begin = torch.where(moving, ranks + 1, 0)[:, None]
    fresh = grid.values[every, (begin + drawn) % grid.counts]
    tries = torch.where((free | moving)[:, None], fresh, classes[:, None])
    right = grid.inside[grid.places(tries)] & ((tries != classes[:, None]) | ~moving[:, None]).all(-1)
    first = right.int().argmax(1)
    return tries[torch.arange(batch, device=classes.device), first], right.any(1)


def _set(classes: Tensor, factor: Tensor, is_open: Tensor, rng: CounterRNG) -> Tensor:
    """Give each row's factor a class drawn from the open ones (B, M), if there are any."""
    count = is_open.sum(-1)
    drawn = nth_true(is_open, rng.below(count))
    old = classes.gather(1, factor[:, None])
    return classes.scatter(1, factor[:, None], torch.where(count[:, None] > 0, drawn[:, None], old))

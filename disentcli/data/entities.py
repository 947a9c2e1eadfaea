"""Entities: combinations of bins of an image's discrete factors, as weak disentanglement needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import torch
from torch import Tensor

from ..device import send
from ..errors import CallError
from ..suggestions import unknown
from .factors import Values

Bins = int | Sequence[int | Sequence[int]]

NO_ENTITY = -1


class Entities:
    """Which entity an image shows: every combination of bins of some of its factors, numbered row-major.

    Valenti & Bacciu, IJCNN 2022. A factor's bins are a number n, of which class c of s is in bin ⌊c·n/s⌋, or
    a list with the class, or the classes, of each bin. An image with a class in no bin shows no entity, −1;
    factors that have no bins do not matter.

    >>> entities = Entities({"shape": 3, "x": [[0, 1], [6, 7]]}, ("shape", "scale", "x"), (3, 6, 8))
    >>> entities.names, entities.sizes, entities.count
    (('shape', 'x'), (3, 2), 6)
    >>> entities.of_factors(torch.tensor([[2, 5, 6], [2, 5, 3]])).tolist()
    [5, -1]

    Args:
        bins: Of each factor that matters; the last one is numbered fastest.
        factor_names: Of all F factors.
        factor_sizes: Their numbers of classes; 0 where continuous.

    Raises:
        CallError: there is no such factor, it is continuous, or the bins of one overlap, are empty or name a
            class that it does not have.
    """

    def __init__(
        self, bins: Mapping[str, Bins], factor_names: Sequence[str], factor_sizes: Sequence[int]
    ) -> None:
        if not bins:
            raise CallError("entities: name the factors that matter, with their bins, as in {shape: 3}")
        self.factor_names = tuple(factor_names)
        self.positions = [position_of(str(name), self.factor_names, "factor", "entities") for name in bins]
        if len(set(self.positions)) < len(self.positions):
            raise CallError(f"entities: a factor is named twice: {', '.join(map(str, bins))}")
        self.names = tuple(self.factor_names[k] for k in self.positions)
        sizes = [factor_sizes[k] for k in self.positions]
        self.classes = tuple(
            _classes_of_bins(written, size, f"entities.{name}")
            for name, written, size in zip(self.names, bins.values(), sizes, strict=True)
        )
        self.sizes = tuple(len(of_factor) for of_factor in self.classes)
        self.count = prod(self.sizes)
        self._tables = {torch.device("cpu"): _bin_table(self.classes, sizes)}

    def of_factors(self, factors: Tensor) -> Tensor:
        """Entities (…) int64 of factors (…, F), classes as whole numbers of any type; −1 where none.

        A class of −1, which is not shown, is in no bin.
        """
        if factors.shape[-1] != len(self.factor_names):
            raise CallError(
                f"entities: expected the factors {', '.join(self.factor_names)}, got {factors.shape[-1]}"
            )
        table = self._table_on(factors.device)
        bins = [table[k][factors[..., position].long()] for k, position in enumerate(self.positions)]
        return self.index(torch.stack(bins, dim=-1))

    def index(self, bins: Tensor) -> Tensor:
        """Entities (…) int64 of the bins (…, K) of each named factor; −1 where one of these is −1."""
        found = torch.zeros_like(bins[..., 0])
        for k, size in enumerate(self.sizes):
            found = found * size + bins[..., k]
        return torch.where((bins < 0).any(-1), NO_ENTITY, found)

    def bins_of(self, entities: Tensor) -> Tensor:
        """Bins (…, K) int64 of the named factors, of entities (…); −1 of an entity −1."""
        bins, rest = [], entities
        for size in reversed(self.sizes):
            bins.append(rest % size)
            rest = rest // size
        return torch.where(entities[..., None] < 0, NO_ENTITY, torch.stack(bins[::-1], dim=-1))

    def label(self, entity: int, factor_values: Sequence[Values] = ()) -> str:
        """The entity in words; a bin of one class is named by its value, where that is a word.

        >>> Entities({"shape": 2, "x": 4}, ("shape", "x"), (2, 8)).label(7, (("square", "heart"), ()))
        'shape heart, x 3'

        Args:
            factor_values: What the classes of all F factors mean, as `Dataset.factor_values`.
        """
        bins = self.bins_of(torch.tensor(entity)).tolist()
        return ", ".join(
            f"{name} {_bin_name(classes[chosen], chosen, factor_values, position)}"
            for name, classes, chosen, position in zip(
                self.names, self.classes, bins, self.positions, strict=True
            )
        )

    def _table_on(self, device: torch.device) -> Tensor:
        """The bin of each class (K, classes + 1) on this device, where it stays."""
        if device not in self._tables:
            self._tables[device] = send(self._tables[torch.device("cpu")], device)
        return self._tables[device]


def position_of(name: str, names: Sequence[str], what: str, place: str) -> int:
    """The place of a name, `-` and `_` being one; CallError at `place` of the config if there is none."""
    plain = [one.replace("-", "_") for one in names]
    if name.replace("-", "_") not in plain:
        raise CallError(f"{place}: {unknown(what, name, names)}")
    return plain.index(name.replace("-", "_"))


def _classes_of_bins(written: Bins, size: int, place: str) -> tuple[tuple[int, ...], ...]:
    """The classes of each bin."""
    if not size:
        raise CallError(f"{place}: the factor is continuous, its numbers are no classes; leave it out")
    if isinstance(written, int) and not isinstance(written, bool):
        if not 1 <= written <= size:
            raise CallError(f"{place}: {size} classes make 1 to {size} bins, not {written}")
        return tuple(tuple(c for c in range(size) if c * written // size == b) for b in range(written))
    if not isinstance(written, Sequence) or isinstance(written, str) or not written:
        raise CallError(
            f"{place}: expected a number of bins, or the classes of each, as [[0, 1], [5, 6]]: {written!r}"
        )
    bins = tuple(tuple(one) if isinstance(one, Sequence) else (one,) for one in written)
    _check_bins(bins, size, place)
    return bins


def _check_bins(bins: Sequence[Sequence[int]], size: int, place: str) -> None:
    seen: set[int] = set()
    for number, classes in enumerate(bins):
        if not classes:
            raise CallError(f"{place}: bin {number} has no class; leave it out")
        for one in classes:
            if not isinstance(one, int) or isinstance(one, bool) or not 0 <= one < size:
                raise CallError(f"{place}: there is no class {one!r}; the classes are 0 to {size - 1}")
            if one in seen:
                raise CallError(f"{place}: class {one} is in two bins; each class belongs to one at most")
            seen.add(one)


def _bin_table(classes: Sequence[Sequence[Sequence[int]]], sizes: Sequence[int]) -> Tensor:
    """The bin of each class (K, most classes + 1) int64; −1 of those in none, and of the last, class −1."""
    table = torch.full((len(sizes), max(sizes) + 1), NO_ENTITY)
    for row, bins in zip(table, classes, strict=True):
        for number, of_bin in enumerate(bins):
            row[list(of_bin)] = number
    return table


def _bin_name(
    classes: Sequence[int], chosen: int, factor_values: Sequence[Values], position: int
) -> str | int:
    values = factor_values[position] if factor_values else ()
    if len(classes) == 1 and values and isinstance(values[classes[0]], str):
        return str(values[classes[0]])
    return chosen

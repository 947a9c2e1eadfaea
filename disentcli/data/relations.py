"""Relations between entities: what a change of one factor, or an operation on two, makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, overload

import torch
from torch import Tensor

from ..errors import CallError
from ..suggestions import unknown
from .entities import NO_ENTITY, Entities, position_of

Boundary = Literal["wrap", "clamp", "undefined"]

BOUNDARIES: tuple[Boundary, ...] = ("wrap", "clamp", "undefined")
OPERATIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
}
FORMS = {
    "step": ("factor", "step", "boundary"),
    "to": ("factor", "to"),
    "operation": ("operation", "modulo", "operator"),
    "compose": ("compose",),
    "inverse": ("inverse",),
}
"""The keys of each way of writing a relation, by the key that tells it from the others."""


@dataclass(frozen=True, eq=False)
class Relation:
    """A function of one entity, or of two.

    table: int64, the target of each of K entities (K,), or of each pair by first and second operand (K, K);
      −1 where it is not defined.
    operator: of a relation of two, the entity that shows its symbol.
    """

    name: str
    table: Tensor
    operator: int | None = None

    @property
    def arity(self) -> int:
        """How many entities it takes: 1 or 2."""
        return self.table.ndim

    def inverted(self, name: str) -> Relation:
        """The relation that leads back; CallError unless it is of one entity, and no two have one target."""
        sources = torch.nonzero(self.table >= 0)[:, 0]
        targets = self.table[sources] if self.arity == 1 else self.table
        if self.arity != 1 or len(targets.unique()) < len(sources):
            raise CallError(f"relations.{name}: {self.name} has no inverse: one target has several sources")
        table = torch.full_like(self.table, NO_ENTITY)
        table[targets] = sources
        return Relation(name, table)


class Relations(Sequence[Relation]):
    """The relations of a model by number or by name. CallError where a name is given twice."""

    def __init__(self, relations: Sequence[Relation]) -> None:
        self._relations = tuple(relations)
        self.names = tuple(one.name for one in self._relations)
        if len(set(self.names)) < len(self.names):
            raise CallError(f"relations: a name is given twice: {', '.join(self.names)}")

    @classmethod
    def from_config(cls, spec: Mapping[str, Mapping[str, Any] | None], entities: Entities) -> Relations:
        """Relations as configs write them, by name and in the order written; one that is null is left out.

        {factor: x, step: -1, boundary: wrap}: the factor moves by so many bins. `boundary`: beyond the last
          one it begins again (wrap, the default), stays there (clamp), or the relation is undefined.
        {factor: shape, to: [1, 2, 0]}: the new bin of each bin of the factor; −1 where undefined.
        {operation: add, modulo: 10, operator: 10}: of entities 0…modulo−1 of one factor, which stand for
          these numbers; add, subtract or multiply. `operator`: the entity that shows the operation's symbol.
        {compose: [left, up]}: relations of one entity, written above, one after the other.
        {inverse: shape}: the one that leads back.

        >>> entities = Entities({"x": 3}, ["x"], [3])
        >>> spec = {"right": {"factor": "x", "step": 1}, "twice": {"compose": ["right", "right"]}}
        >>> relations = Relations.from_config(spec, entities)
        >>> relations.named("twice").table.tolist(), relations.inverse("right")
        ([2, 0, 1], 'twice')

        Raises:
            CallError: a factor, key or relation does not exist, a value does not fit, or nothing changes.
        """
        found = cls([])
        for name, written in spec.items():
            if written is not None:
                found = cls([*found, _read(str(name), written, entities, found)])
        return found

    @overload
    def __getitem__(self, place: int) -> Relation: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Relation]: ...
    def __getitem__(self, place: int | slice) -> Relation | Sequence[Relation]:
        return self._relations[place]

    def __len__(self) -> int:
        return len(self._relations)

    def __iter__(self) -> Iterator[Relation]:
        return iter(self._relations)

    def named(self, name: str) -> Relation:
        """The relation of this name; CallError with the nearest ones if there is none."""
        return self._relations[position_of(name, self.names, "relation", "relations")]

    def sources(self, relation: Relation) -> Tensor:
        """The entities (M,) for which it is defined, or the pairs (M, 2)."""
        found = torch.nonzero(relation.table >= 0)
        return found[:, 0] if relation.arity == 1 else found

    def inverse(self, name: str) -> str | None:
        """The first relation that leads back from every entity that this one changes; None if there is none.

        With `clamp` the last bins stay, from which nothing leads back: `less` is the inverse of `more`.
        """
        table = self.named(name).table
        if table.ndim != 1:
            return None
        places = torch.arange(len(table))
        moved = places[(table >= 0) & (table != places)]
        for one in self:
            if one.arity == 1 and len(moved) and (one.table[table[moved]] == moved).all():
                return one.name
        return None

    def compose(self, names: Sequence[str]) -> Relation:
        """These relations of one entity one after the other, as one: the first of them first.

        Raises:
            CallError: there are none, or one takes two entities.
        """
        relations = [self.named(name) for name in names]
        if not relations or any(one.arity != 1 for one in relations):
            raise CallError(f"relations: only those of one entity can be composed, not {list(names)}")
        table = relations[0].table
        for one in relations[1:]:
            table = torch.where(table < 0, NO_ENTITY, one.table[table])
        return Relation(", ".join(names), table)


def _read(name: str, written: Any, entities: Entities, above: Relations) -> Relation:
    """The relation that a config writes, which may refer to those above it."""
    place = f"relations.{name}"
    keys = set(written) if isinstance(written, Mapping) else set()
    form = next((form for form in FORMS if form in keys), None)
    if form is None:
        raise CallError(
            f"{place}: expected one of {', '.join(FORMS)}, as {{factor: x, step: 1}}: {written!r}"
        )
    for key in keys:
        if key not in FORMS[form]:
            raise CallError(f"{place}: {unknown('key', str(key), FORMS[form])}")
    if form == "compose":
        return Relation(name, above.compose(written["compose"]).table)
    if form == "inverse":
        return above.named(written["inverse"]).inverted(name)
    if form == "operation":
        return _operation(name, written, entities, place)
    return Relation(name, _change(written, entities, place))


def _change(written: Mapping[str, Any], entities: Entities, place: str) -> Tensor:
    """The table (K,) of a relation that changes one factor."""
    factor = str(written.get("factor", ""))
    axis = position_of(factor, entities.names, "factor of the entities", f"{place}.factor")
    size = entities.sizes[axis]
    targets = _listed(written["to"], size, place) if "to" in written else _stepped(written, size, place)
    if (targets == torch.arange(size)).all():
        raise CallError(f"{place}: it changes nothing of {size} bins; take another step")
    bins = entities.bins_of(torch.arange(entities.count))
    bins[:, axis] = targets[bins[:, axis]]
    return entities.index(bins)


def _stepped(written: Mapping[str, Any], size: int, place: str) -> Tensor:
    """The new bin (size,) of each bin, a step further."""
    step, boundary = written["step"], written.get("boundary", "wrap")
    if not isinstance(step, int) or isinstance(step, bool) or step == 0:
        raise CallError(f"{place}.step: expected a whole number of bins other than 0, not {step!r}")
    if boundary not in BOUNDARIES:
        raise CallError(f"{place}.boundary: {unknown('boundary', str(boundary), BOUNDARIES)}")
    targets = torch.arange(size) + step
    if boundary == "wrap":
        return targets % size
    if boundary == "clamp":
        return targets.clamp(0, size - 1)
    return torch.where((targets < 0) | (targets >= size), NO_ENTITY, targets)


def _listed(written: Any, size: int, place: str) -> Tensor:
    """The new bin (size,) of each bin, as a list has it."""
    if not isinstance(written, Sequence) or len(written) != size:
        raise CallError(f"{place}.to: expected a new bin for each of {size} bins, not {written!r}")
    for one in written:
        if not isinstance(one, int) or isinstance(one, bool) or not NO_ENTITY <= one < size:
            raise CallError(
                f"{place}.to: there is no bin {one!r}; the bins are 0 to {size - 1}, or -1 for none"
            )
    return torch.tensor(written)


def _operation(name: str, written: Mapping[str, Any], entities: Entities, place: str) -> Relation:
    """A relation (K, K) of two entities that stand for numbers."""
    operation = OPERATIONS.get(str(written["operation"]))
    if operation is None:
        raise CallError(f"{place}: {unknown('operation', str(written['operation']), OPERATIONS)}")
    if len(entities.names) != 1:
        raise CallError(
            f"{place}: entities of one factor stand for numbers, not of {', '.join(entities.names)}"
        )
    modulo = _entity(written.get("modulo"), range(1, entities.count + 1), f"{place}.modulo")
    operator = _entity(written.get("operator"), range(entities.count), f"{place}.operator")
    numbers = torch.arange(modulo)
    table = torch.full((entities.count, entities.count), NO_ENTITY)
    table[:modulo, :modulo] = operation(numbers[:, None], numbers) % modulo
    return Relation(name, table, operator)


def _entity(written: Any, allowed: range, place: str) -> int:
    """A whole number, which may be written as text."""
    if isinstance(written, str) and written.isdecimal():
        written = int(written)
    if not isinstance(written, int) or isinstance(written, bool) or written not in allowed:
        raise CallError(f"{place}: expected a number from {allowed[0]} to {allowed[-1]}, not {written!r}")
    return written

"""Relations applied to the codes of images, once or several times, with what should come of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from .entity_images import EntityImages

UNDEFINED = -1


@dataclass(frozen=True)
class RelatedCodes:
    """Codes (N, D) that relations were applied to, and the entities (N,) that they should be of.

    Attributes:
        entities: −1 where a relation was not defined.
        images: those that the codes came from (N,).
        operands: of the last relation, (N, 2) images of the second operand and the operator; −1 for none.
        of_one: whether all relations were of one entity (N,).
    """

    codes: np.ndarray
    entities: np.ndarray
    images: np.ndarray
    operands: np.ndarray
    of_one: np.ndarray


class RelationSteps:
    """Draws images of a part and applies relations to their codes; operands and operators are images too.

    A relation is defined for an entity where its table says so and, of a relation of two entities, the part
    has an image of a second operand and of the operator.
    """

    def __init__(self, images: EntityImages, rng: np.random.Generator) -> None:
        self.images, self.relations, self.rng = images, images.model.relations, rng
        self.tables = [np.asarray(one.table) for one in self.relations]

    @cached_property
    def defined(self) -> np.ndarray:
        """Whether each relation is defined for each entity, (R, K) bool."""
        return np.stack([self._defined(number) for number in range(len(self.tables))])

    @property
    def startable(self) -> np.ndarray:
        """Whether a relation is defined for an entity of which the part has an image, (R, K) bool."""
        return np.asarray(self.defined & self._present)

    @property
    def regions(self) -> np.ndarray:
        """The regions in which results are looked for, ascending: those of all sources and targets.

        So the result of arithmetic is a digit, and not an operator.
        """
        sources = [np.argwhere(table >= 0).ravel() for table in self.tables]
        return np.unique(np.concatenate([*sources, *(table[table >= 0] for table in self.tables)]))

    def draw(self, entities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """An image (N,) of each of these entities (N,), and its code (N, D)."""
        drawn = self.images.tested.draw(entities, self.rng)
        return drawn, self.images.encode(drawn)

    def start(self, entities: np.ndarray) -> RelatedCodes:
        """Codes of an image drawn for each of these entities (N,)."""
        drawn, codes = self.draw(entities)
        none = np.full((len(drawn), 2), UNDEFINED)
        of_one = np.ones(len(drawn), dtype=bool)
        return RelatedCodes(codes, entities, drawn, none, of_one)

    def start_for(self, number: int, count: int) -> RelatedCodes:
        """So many codes that a relation is defined for, of all entities (or pairs) equally often."""
        of_entity = self.startable[number].astype(float)
        if self.tables[number].ndim == 2:
            of_entity *= self._second(number).sum(axis=1)
        chances = of_entity / of_entity.sum()
        return self.start(self.rng.choice(len(chances), count, p=chances))

    def apply(self, related: RelatedCodes, numbers: np.ndarray) -> RelatedCodes:
        """A relation (N,) applied to each of the codes; where it is not defined, the entity becomes −1."""
        codes, entities = related.codes.copy(), np.full(len(numbers), UNDEFINED)
        operands, of_one = np.full((len(numbers), 2), UNDEFINED), related.of_one.copy()
        for number, table in enumerate(self.tables):
            of_this = (numbers == number) & (related.entities >= 0)
            of_this[of_this] = self.defined[number][related.entities[of_this]]
            if not of_this.any():
                continue
            first = related.entities[of_this]
            inputs, target = codes[of_this], table[first]
            if table.ndim == 2:
                second = self._draw_second(number, first)
                others = [second, np.full(len(first), self.relations[number].operator)]
                drawn, encoded = zip(*(self.draw(one) for one in others), strict=True)
                inputs, target = np.stack([inputs, *encoded], axis=1), table[first, second]
                operands[of_this], of_one[of_this] = np.stack(drawn, axis=1), False
            codes[of_this] = self.images.model.apply(inputs, number)
            entities[of_this] = target
        return replace(related, codes=codes, entities=entities, operands=operands, of_one=of_one)

    def choose(self, entities: np.ndarray) -> np.ndarray:
        """A random relation (N,) among those that are defined for each entity (N,); −1 where none is."""
        possible = self.defined[:, entities.clip(0)].T & (entities >= 0)[:, None]
        return _choose_true(possible, self.rng)

    def _draw_second(self, number: int, first: np.ndarray) -> np.ndarray:
        """A second operand (N,) for each first one, uniform among those that there are."""
        return _choose_true(self._second(number)[first], self.rng)

    def _second(self, number: int) -> np.ndarray:
        """Which pairs (K, K) are defined and have an image of the second operand."""
        return np.asarray((self.tables[number] >= 0) & self._present)

    @property
    def _present(self) -> np.ndarray:
        return self.images.tested.counts > 0

    def _defined(self, number: int) -> np.ndarray:
        table, relation = self.tables[number], self.relations[number]
        if table.ndim == 1:
            return np.asarray(table >= 0)
        operator: Any = relation.operator
        return self._second(number).any(axis=1) & self._present[operator]


def _choose_true(possible: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random column (N,) of those that are true in each row (N, K); −1 where none is."""
    chosen = np.where(possible, rng.random(possible.shape), -1.0).argmax(axis=1)
    return np.where(possible.any(axis=1), chosen, UNDEFINED)

"""Relations applied one after the other, to codes of images and to samples of regions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .relation_steps import UNDEFINED, RelatedCodes, RelationSteps


class SampleSteps(RelationSteps):
    """Relations applied to samples of regions: sources, operands and operators are all samples.

    They are of the entities that the part has images of, so that both kinds of scores are of the same cases.
    """

    def draw(self, entities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        codes = self.images.model.sample(entities, int(self.rng.integers(2**31)))
        return np.full(len(entities), UNDEFINED), codes


def random_compositions(steps: RelationSteps, count: int, length: int) -> Iterator[RelatedCodes]:
    """Codes of `count` entities after 1 to `length` random relations, each defined for the entity before it.

    The first entities are uniform over those that a relation is defined for.
    """
    possible = np.flatnonzero(steps.startable.any(axis=0))
    related = steps.start(steps.rng.choice(possible, count))
    for _ in range(length):
        related = steps.apply(related, steps.choose(related.entities))
        yield related


def region_share(steps: RelationSteps, related: RelatedCodes) -> float:
    """The share of codes that are most likely in the region of their entity; NaN where none has one."""
    shown = related.entities >= 0
    if not shown.any():
        return float("nan")
    found, _ = steps.images.model.classify(related.codes[shown], steps.regions)
    return float(np.mean(found == related.entities[shown]))

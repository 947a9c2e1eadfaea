"""Entities and relations of a method as its config describes them, and those of a config that names none."""

from __future__ import annotations

from ..data.entities import Entities
from ..data.relations import Relations
from ..errors import CallError


def entities_of(bins: dict | None, factor_names: tuple[str, ...], factor_sizes: tuple[int, ...]) -> Entities:
    """The entities with these bins by factor; without, the classes of the first factor that has several.

    Raises:
        CallError: images have no factors, or none of several classes; or bins are wrong.
    """
    if not factor_sizes:
        raise CallError(
            "absae learns from the factors of images, these data have none; take data with factors "
            "(`fig list datasets`)"
        )
    names = factor_names or tuple(f"factor_{k}" for k in range(len(factor_sizes)))
    if bins is None:
        several = [k for k, count in enumerate(factor_sizes) if count > 1]
        if not several:
            raise CallError("absae needs a factor of several classes, these data have none; take other data")
        bins = {names[several[0]]: factor_sizes[several[0]]}
    return Entities(bins, names, factor_sizes)


def relations_of(spec: dict | None, entities: Entities) -> Relations:
    """The relations that a config describes by name; without, a step along each factor of the entities."""
    if spec is None:
        steps = zip(entities.names, entities.sizes, strict=True)
        spec = {f"next_{name}": {"factor": name, "step": 1} for name, bins in steps if bins > 1}
    relations = Relations.from_config(spec, entities)
    if not len(relations):
        raise CallError(
            "absae learns relations, there are none: name one, as in --model.relations.next.step 1"
        )
    return relations

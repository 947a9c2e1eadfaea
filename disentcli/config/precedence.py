"""Which of a call's configs are stronger: what is stated comes before incidental settings of a `_base`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from .config_layers import ConfigLayer, Rank
from .keys import KeyPath, get_path

#: where a config chooses what an experiment is made of; elsewhere it only sets how that is trained
CHOICES: tuple[KeyPath, ...] = (
    ("dataset",),
    ("view",),
    ("model",),
    ("model", "encoder"),
    ("model", "latent"),
    ("model", "decoder"),
    ("model", "sampler"),
)
DATASET, METHOD = ("dataset",), ("model",)


def by_precedence(layers: Iterable[ConfigLayer]) -> list[ConfigLayer]:
    """The layers of a call, given in C3 order: those that are stated, then incidental ones, then defaults.

    A base is incidental if neither it nor its bases choose a component, and it is inherited by a config of
    data, or by one of the call that names no method. What a config that names a method inherits is stated.
    """
    layers = list(layers)
    incidental = _Lineages(layers).incidental
    ranked = [layer.as_incidental() if layer.name in incidental else layer for layer in layers]
    return sorted(ranked, key=lambda layer: layer.rank)


def choices(layer: ConfigLayer) -> dict[KeyPath, str]:
    """The component that the layer itself names at each place where it names one."""
    named = {place: _type_at(layer, place) for place in CHOICES}
    return {place: name for place, name in named.items() if name}


class _Lineages:
    """The layers of one call by name, with what each and its bases choose."""

    def __init__(self, layers: Iterable[ConfigLayer]) -> None:
        self.layers = {layer.name: layer for layer in layers}
        self.bases = {name: self._bases(layer) for name, layer in self.layers.items()}

    @cached_property
    def incidental(self) -> set[str]:
        """The names of the bases that only come along with what is stated."""
        inherited = {base for bases in self.bases.values() for base in bases}
        found: set[str] = set()
        for name in self.layers:
            chosen = self.chosen(name)
            if METHOD not in chosen and (name not in inherited or DATASET in chosen):
                found |= {below for below in self.lineage(name) - {name} if not self.chosen(below)}
        return found

    def lineage(self, name: str) -> set[str]:
        """A layer and all that it inherits from."""
        return {name}.union(*(self.lineage(base) for base in self.bases[name]))

    def chosen(self, name: str) -> set[KeyPath]:
        """Where a layer and those it inherits from choose a component, or the metrics of an evaluation."""
        places: set[KeyPath] = set()
        for layer in (self.layers[one] for one in self.lineage(name)):
            if layer.rank is not Rank.DEFAULT:
                places |= set(choices(layer)) | ({("metrics",)} if "metrics" in layer else set())
        return places

    def _bases(self, layer: ConfigLayer) -> list[str]:
        return [base for base in layer.get("_base") or () if base in self.layers]


def _type_at(layer: ConfigLayer, place: KeyPath) -> str:
    try:
        node = get_path(layer, place)
    except KeyError:
        return ""
    return str(node.get("_type", "")) if isinstance(node, Mapping) else ""

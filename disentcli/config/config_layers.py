"""Configs merged in layers: the stronger value wins, and where each value comes from is remembered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy, deepcopy
from enum import IntEnum
from functools import cached_property
from typing import Any

from ..errors import CallError
from .dataset_category import CATEGORY, category_path, place_category
from .interpolation import resolve
from .keys import VALUE_KEY, KeyPath, canonical, flatten, get_path, names_elements, split
from .root_settings import ROOT, VALUE_OR_GROUP

COMMAND_LINE = "command line"

#: settings of the training that are written in a component's node, whatever component it is
_SETTINGS = frozenset(split(key) for key in ROOT if "." in key)


class Rank(IntEnum):
    """How strong a config file is in a call, whatever the order; within a rank the leftmost wins."""

    STATED = 0  # named in the call, or inherited by such a config
    INCIDENTAL = 1  # training settings that are the base of a config about something else
    DEFAULT = 2  # of the folder default/


class ConfigLayer(dict[str, Any]):
    """One config file, or the arguments of the command line: its values, and where they were written."""

    def __init__(self, data: Mapping[str, Any], source: str, name: str = "") -> None:
        super().__init__(canonical(data, source))
        self.source = source
        self.name = name
        self.rank = Rank.DEFAULT if name.startswith("default/") else Rank.STATED
        for group in VALUE_OR_GROUP:
            if group in self and not isinstance(self[group], Mapping):
                self[group] = {VALUE_KEY: self[group]}

    def as_incidental(self) -> ConfigLayer:
        """The same layer, weaker than those that are stated."""
        weaker = copy(self)
        weaker.rank = max(Rank.INCIDENTAL, self.rank)
        return weaker


class MergedConfig:
    """Layers merged, the first the strongest: `values`, and `origins` with the source of each by its path.

    Where a config file chooses a component, what the choice under it and the configs that build on that one
    say about theirs is dropped, unless the file inherits from them or only repeats a run's choice. The
    category of the dataset (`cat`) stands under the argument that it is.
    """

    def __init__(self, layers: Iterable[ConfigLayer]) -> None:
        self.layers = list(layers)
        self.values: dict[str, Any] = {}
        self.origins: dict[KeyPath, str] = {}
        self._inherited = _inherited(self.layers)
        self._category = category_path(self.layers)
        for layer in reversed(self.layers):
            if layer.source != COMMAND_LINE:
                self._drop_replaced(layer)
            placed = place_category(layer, self._category, layer.source)
            self._merge(self.values, placed, (), layer.source)

    @cached_property
    def resolved(self) -> tuple[dict[str, Any], dict[KeyPath, KeyPath]]:
        """The values with aliases replaced by what they stand for, and the path that each alias leads to."""
        return resolve(self.values)

    def source(self, path: KeyPath) -> str:
        """The file that set the value at this path, `command line`, or `default`."""
        return self.origins.get(path) or self.origins.get((*path, VALUE_KEY)) or "default"

    def typed_paths(self) -> list[KeyPath]:
        """The path of each value that the command line gives."""
        typed = [layer for layer in self.layers if layer.source == COMMAND_LINE]
        paths = [path for layer in typed for path, _ in flatten(layer) if not path[0].startswith("_")]
        return [self.place(path) for path in paths]

    def place(self, path: KeyPath) -> KeyPath:
        """Where the value that a layer gives at this path stands in `values`."""
        return self._category if self._category and path == (CATEGORY,) else path

    def _drop_replaced(self, layer: ConfigLayer) -> None:
        """Forget the arguments of each component in whose place the layer chooses its own."""
        own, files = self._inherited[layer.source], {one.source for one in self.layers if one.name}
        for path, name in flatten(layer):
            chooser = self.origins.get(path) if path[-1] == "_type" else None
            repeated = chooser not in files and chooser and get_path(self.values, path) == name
            if chooser is None or chooser in own or repeated:
                continue
            node = get_path(self.values, path[:-1])
            for key in [one for one, value in node.items() if not isinstance(value, Mapping)]:
                place = (*path[:-1], key)
                origin = self.origins.get(place, "")
                builds_on_it = chooser in self._inherited.get(origin, ()) or origin == chooser
                if builds_on_it and origin not in own and place not in _SETTINGS:
                    del node[key]
                    self._forget(place)

    def _merge(self, under: dict[str, Any], over: Mapping[str, Any], path: KeyPath, source: str) -> None:
        for key, value in over.items():
            here, known = (*path, key), under.get(key)
            if names_elements(value) and isinstance(known, list):
                self._replace_elements(known, value, here, source)
            elif isinstance(value, Mapping):
                if not isinstance(known, dict):
                    self._forget(here)
                    under[key] = {}
                self._merge(under[key], value, here, source)
            else:
                self._forget(here)
                under[key] = deepcopy(value)
                self.origins[here] = source

    def _replace_elements(
        self, known: list[Any], value: Mapping[str, Any], path: KeyPath, source: str
    ) -> None:
        for index, element in value.items():
            if int(index) >= len(known):
                place = ".".join((*path, index))
                raise CallError(f"{source}: {place}: the list has {len(known)} elements, counted from 0")
            known[int(index)] = deepcopy(element)
            self.origins[(*path, index)] = source

    def _forget(self, path: KeyPath) -> None:
        for known in [one for one in self.origins if one[: len(path)] == path]:
            del self.origins[known]


def _inherited(layers: Iterable[ConfigLayer]) -> dict[str, set[str]]:
    """For each source, those of the layers that it inherits from by `_base`."""
    known = {layer.name: layer for layer in layers}

    def inherited(layer: ConfigLayer) -> set[str]:
        bases = [known[base] for base in layer.get("_base") or () if base in known]
        return {base.source for base in bases}.union(*map(inherited, bases))

    return {layer.source: inherited(layer) for layer in layers}

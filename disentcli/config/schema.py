"""Which keys mean something: those of the root's table, and the arguments of every registered component."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, get_origin

from ..errors import DisentError
from ..registry import catalog
from ..registry.catalog import Entry, Parameter
from . import coercion
from .keys import KeyPath, normalize_key, split
from .nodes import component_of
from .root_settings import NODE_KINDS, ROOT, Setting

METRICS = ("metrics",)  # the node whose keys are names of metrics, each with its arguments
NAMES_OR_FLAGS = dict | list | str  # of a setting: names, or a mapping of names to true or false
_TYPES: dict[str, Any] = {
    **{kind.__name__: kind for kind in (int, float, str, bool, list, dict)},
    "dict | list | str": NAMES_OR_FLAGS,
    **{name: kind for name, kind in vars(coercion).items() if get_origin(kind) is Annotated},
}


@lru_cache
def known_settings() -> dict[KeyPath, Setting]:
    """Every root setting by its path: the common table, and what scripts add of their own."""
    own = [one for entry in catalog.entries("script") for one in script_settings(entry)]
    return {split(one.key): one for one in [*own, *ROOT.values()]}


@lru_cache
def settings_of(script: str) -> dict[KeyPath, Setting]:
    """Every setting by its path, as this script declares it where several scripts have one of that key."""
    found = [entry for entry in catalog.entries("script") if entry.name == script]
    return known_settings() | {split(one.key): one for entry in found for one in declared_settings(entry)}


def script_settings(entry: Entry) -> list[Setting]:
    """The settings that a script says it reads, in its order."""
    return [
        _own_setting(row) if isinstance(row, tuple) else ROOT[row]
        for row in entry.script.settings
        if isinstance(row, tuple) or row in ROOT
    ]


def declared_settings(entry: Entry) -> list[Setting]:
    """The settings that a script reads: its own, and those of the script that it includes."""
    included = [catalog.find("script", entry.script.includes)] if entry.script.includes else []
    return [setting for one in (entry, *included) for setting in script_settings(one)]


def _own_setting(source: tuple[str, ...]) -> Setting:
    """A setting that a script wrote as `Setting(key, type, default, help, …)`, from its source."""
    key, kind, default, text, *others = source
    pairs = [one.partition("=") for one in others]
    try:
        values = [ast.literal_eval(one) for one in (key, default, text)]
        named = {name: ast.literal_eval(value) for name, _, value in pairs}
    except ValueError:
        raise DisentError(
            f"Setting({', '.join(source)}): write literals; it is read from the source"
        ) from None
    return Setting(values[0], _TYPES.get(kind, Any), values[1], values[2], **named)


@dataclass(frozen=True)
class SchemaNode:
    """A mapping in a config: the root, a group of settings, a component of a kind, or of this name."""

    path: KeyPath = ()
    kind: str = ""
    name: str = ""

    def keys(self) -> set[str]:
        """The keys that may stand here, in their one spelling."""
        if self.path == METRICS:
            return _names("metric")
        depth = len(self.path)
        places = [*known_settings(), *map(split, NODE_KINDS), METRICS]
        beside = {one[depth] for one in places if one[:depth] == self.path and len(one) > depth}
        return beside | set(self._arguments()) | (set() if self.path else _names("executor"))

    def is_data(self, key: str) -> bool:
        """Whether what lies below this key is data, for an argument or setting that takes a mapping."""
        argument = self._arguments().get(key)
        row = known_settings().get((*self.path, key))
        return bool(argument and argument.is_data) or bool(row and row.type in (dict, NAMES_OR_FLAGS))

    def below(self, key: str, node: Mapping[str, Any]) -> SchemaNode | None:
        """The place under a key; None for an argument that is no component: its type will check the value."""
        path = (*self.path, key)
        if self.path == METRICS:
            return SchemaNode(path, "metric", key)
        if not self.path and key in _names("executor"):
            return SchemaNode(path, "executor", key)
        described = component_of(key, node)
        kind = (described[0] if described else "") or NODE_KINDS.get(".".join(path), "")
        if key in self._arguments() and not kind:
            return None
        return SchemaNode(path, NODE_KINDS.get(".".join(path), kind))

    def _arguments(self) -> Mapping[str, Parameter]:
        return _arguments(self.kind, self.name) if self.kind else {}


def _names(kind: str) -> set[str]:
    """The names of all components of a kind, as keys of a config."""
    return {normalize_key(entry.name) for entry in catalog.entries(kind)}


@lru_cache
def _arguments(kind: str, name: str = "") -> dict[str, Parameter]:
    """The arguments of all components of a kind, or of one of them; those that take data win."""
    entries = [entry for entry in catalog.entries(kind) if name in ("", normalize_key(entry.name))]
    found = [parameter for entry in entries for parameter in entry.parameters]
    return {parameter.name: parameter for parameter in sorted(found, key=lambda one: one.is_data)}


def places_of(key: str) -> list[KeyPath]:
    """Where a key of this name is known, with or without its hyphens: `batchsize` at dataset.batch-size.

    Settings that one script adds for itself are named only where no common setting or argument has the name.
    """
    nodes = {split(position): kind for position, kind in NODE_KINDS.items()}
    nodes |= {("model", kind): kind for kind in ("encoder", "latent", "decoder", "sampler")}
    arguments = [(*node, name) for node, kind in nodes.items() for name in _arguments(kind)]
    wanted = key.replace("_", "")
    for known in ([*map(split, ROOT), *arguments], known_settings()):
        found = list(dict.fromkeys(path for path in known if path[-1].replace("_", "") == wanted))
        if found:
            return found
    return []

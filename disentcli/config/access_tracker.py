"""What a script has used of its settings: the keys it read, the values it got, the nodes it built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from .config_layers import VALUE_KEY, KeyPath, flatten

MACHINE = ("root", "device")  # arguments of components that belong to the machine, not to the run


class AccessTracker:
    """Filled by `Settings`; `aliases` leads from the path of an alias to what it stands for."""

    def __init__(self, aliases: Mapping[KeyPath, KeyPath]) -> None:
        self._aliases = aliases
        self._read: set[KeyPath] = set()
        self._values: dict[KeyPath, Any] = {}
        self._nodes: dict[KeyPath, Mapping[str, Any]] = {}

    def read(self, path: KeyPath, value: Any, stored: bool) -> None:
        """A script has read this value; `stored` if a run's config.yaml is to keep it."""
        self._mark(path)
        if stored:
            self._values[path] = value

    def build(self, path: KeyPath, node: Mapping[str, Any], full: Mapping[str, Any]) -> None:
        """A component was built from this node, which in full reads `full`."""
        self._nodes[path] = full
        self._mark_node(path, node, full)

    def built(self, path: KeyPath) -> Mapping[str, Any]:
        """In full, the node of the component that was built at this path."""
        return self._nodes[path]

    def was_read(self, path: KeyPath) -> bool:
        """Whether the key, or one above it, has been read."""
        return any(path[: len(one)] == one for one in self._read)

    def merge_reads(self, other: AccessTracker) -> None:
        """Take over which keys were read, not their values."""
        self._read |= other._read

    def known(self) -> Iterator[KeyPath]:
        """Every key that has been read or could have been: the arguments of what was built."""
        yield from (path[:-1] if path[-1] == VALUE_KEY else path for path in self._read)
        for path, full in self._nodes.items():
            yield from ((*path, *below) for below, _ in flatten(full) if below[-1] != "_type")

    def as_config(self) -> dict[str, Any]:
        """The values and nodes as one config."""
        result: dict[str, Any] = {}
        for path, value in self._values.items():
            _put(result, path, str(value) if isinstance(value, Path) else deepcopy(value))
        for path in sorted(self._nodes, key=len):
            _put(result, path, _portable(self._nodes[path]))
        return result

    def _mark(self, path: KeyPath) -> None:
        self._read.add(path)
        for alias, target in self._aliases.items():
            if alias[: len(path)] == path and target not in self._read:
                self._mark(target)

    def _mark_node(self, path: KeyPath, node: Mapping[str, Any], full: Mapping[str, Any]) -> None:
        self._mark((*path, "_type"))
        for key, value in node.items():
            inner = full.get(key)
            if isinstance(value, Mapping) and isinstance(inner, Mapping) and "_type" in inner:
                self._mark_node((*path, key), value, inner)
            elif key in full:
                self._mark((*path, key))


def _portable(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: _portable(value) if isinstance(value, Mapping) and "_type" in value else deepcopy(value)
        for key, value in node.items()
        if key not in MACHINE
    }


def _put(config: dict[str, Any], path: KeyPath, value: Any) -> None:
    """Place a value; a node keeps what it holds already (`dataset.batch_size` beside the dataset's own)."""
    *groups, last = path
    for group in groups:
        config = config.setdefault(group, {})
    known = config.get(last)
    if isinstance(value, dict) and isinstance(known, dict):
        value = value | {key: one for key, one in known.items() if key not in value}
    config[last] = value

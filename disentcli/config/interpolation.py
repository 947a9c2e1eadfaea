"""Aliases: a value `<>key` stands for the value of that key, looked up from its own node outwards."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from ..errors import CallError
from .keys import KeyPath, get_path, split

MARKS = ("<>", "<o>", "<!>")  # omnifig's three; here a value is copied, so they mean the same


def resolve(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[KeyPath, KeyPath]]:
    """The values with every alias replaced by what it stands for, and the path each alias led to."""
    targets: dict[KeyPath, KeyPath] = {}

    def visit(value: Any, path: KeyPath, trail: tuple[KeyPath, ...]) -> Any:
        if isinstance(value, Mapping):
            return {key: visit(one, (*path, key), trail) for key, one in value.items()}
        if isinstance(value, list):
            return [visit(one, (*path, str(index)), trail) for index, one in enumerate(value)]
        key = aliased(value)
        if key is None:
            return value
        if path in trail:
            raise CallError(f"the alias {'.'.join(path)}: {value} leads back to itself")
        targets[path] = target = _find(values, path, key)
        return visit(deepcopy(get_path(values, target)), target, (*trail, path))

    return visit(values, (), ()), targets


def aliased(value: Any) -> str | None:
    """The key that an alias names; None for any other value."""
    mark = next((mark for mark in MARKS if isinstance(value, str) and value.startswith(mark)), None)
    return value[len(mark) :] if mark else None


def _find(values: Mapping[str, Any], path: KeyPath, key: str) -> KeyPath:
    """The path of the key: in the alias's own node, else in the nearest node around it."""
    for depth in range(len(path) - 1, -1, -1):
        candidate = (*path[:depth], *split(key))
        if candidate == path:
            continue
        try:
            get_path(values, candidate)
        except KeyError:
            continue
        return candidate
    raise CallError(f"{'.'.join(path)}: the alias <>{key} names a key that no config in this call sets")

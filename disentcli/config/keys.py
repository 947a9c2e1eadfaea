"""Keys of configs: one spelling for each, dotted keys as paths, and values found by their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import CallError
from .root_settings import VALUE_OR_GROUP

#: where a root key that is a group too keeps its value: `--checkpoint best --checkpoint.freq 10`
VALUE_KEY = "_value"

KeyPath = tuple[str, ...]


def normalize_key(key: Any) -> str:
    """The one spelling of a key: `reg-wt` and `reg_wt` are the same."""
    return str(key).replace("-", "_")


def split(key: str) -> KeyPath:
    """`model.optim.lr` as a path of keys in their one spelling."""
    return tuple(normalize_key(part) for part in key.split("."))


def cli_key(path: KeyPath) -> str:
    """A path as the help pages spell it; `_type` stays."""
    return ".".join(part[:1] + part[1:].replace("_", "-") for part in path)


def canonical(data: Mapping[Any, Any], source: str) -> dict[str, Any]:
    """The mapping with every key in its one spelling, and `a.b: 1` written out as `a: {b: 1}`."""
    result: dict[str, Any] = {}
    for key, value in data.items():
        _place(result, split(str(key)), _inner(value, source), source)
    return result


def _inner(value: Any, source: str) -> Any:
    if isinstance(value, Mapping):
        return canonical(value, source)
    return [_inner(one, source) for one in value] if isinstance(value, list) else value


def _place(into: dict[str, Any], path: KeyPath, value: Any, source: str) -> None:
    key, *deeper = path
    if deeper:
        value = {deeper[-1]: value}
        for group in reversed(deeper[:-1]):
            value = {group: value}
    known = into.get(key)
    if key in VALUE_OR_GROUP and key in into and isinstance(known, dict) != isinstance(value, dict):
        known = into[key] = known if isinstance(known, dict) else {VALUE_KEY: known}
        value = value if isinstance(value, dict) else {VALUE_KEY: value}
    if key not in into:
        into[key] = value
    elif isinstance(known, dict) and isinstance(value, dict):
        for inner, one in value.items():
            _place(known, (inner,), one, source)
    else:
        raise CallError(f"{source}: the key {key!r} is given twice (`-` and `_` are one); keep one of them")


def names_elements(value: Any) -> bool:
    """Whether a mapping names elements of a list: `{"1": 9}`."""
    return isinstance(value, Mapping) and bool(value) and all(str(key).isdigit() for key in value)


def flatten(values: Mapping[str, Any], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value that is no mapping (and every empty mapping), with its path."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from flatten(value, (*path, key))
        else:
            yield (*path, key), value


def get_path(values: Mapping[str, Any], path: KeyPath) -> Any:
    """The value at a path; raises KeyError."""
    found: Any = values
    for key in path:
        if isinstance(found, list) and key.isdigit() and int(key) < len(found):
            found = found[int(key)]
        elif isinstance(found, Mapping):
            found = found[key]
        else:
            raise KeyError(key)
    return found


def key_as_written(path: KeyPath) -> KeyPath:
    """The path without the place where a root key that is a group too keeps its value."""
    return path[:-1] if path[-1] == VALUE_KEY else path

"""What a config file may name: settings and registered components; never code, nor files elsewhere.

Config files are passed around. omnifig loads the project at PATH, and imports its modules, for a component
`PATH:name`, wherever a file says so. Only the command line and the project file may name code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from ..errors import CallError
from .yaml12 import DEEPEST

NAMES = ("_type", "_mod", "_base")  # keys that name components, modifiers and configs
PLAIN = ("_meta", "verbose")  # keys that omnifig itself reads


def data_only(values: dict[str, Any], source: str) -> dict[str, Any]:
    """The values of a config file, if they are only data.

    Raises:
        CallError: one names code, a file elsewhere, or is too deep to be a config; the message says which.
    """
    for key in PLAIN:
        if key in values and _has_key(values[key], "_type"):
            raise CallError(f"{source}: {key} is a setting, not a component")
    _check(values, (), source)
    return values


def _check(value: Any, path: tuple[str, ...], source: str) -> None:
    if len(path) > DEEPEST:
        raise CallError(f"{source}: {'.'.join(path[:4])}…: more than {DEEPEST} keys inside each other")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            parts = str(key).split(".")
            _check_name(parts[-1].replace("-", "_"), inner, ".".join((*path, *parts)), source)
            _check(inner, (*path, *parts), source)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, (*path, "[]"), source)


def _check_name(key: str, value: Any, place: str, source: str) -> None:
    if key == "_creator":
        raise CallError(f"{source}: {place}: a config file chooses no creator; leave the line out")
    for name in (value if isinstance(value, list) else [value]) if key in NAMES else ():
        if key == "_base" and PurePath(str(name)).suffix in (".yaml", ".yml"):
            if PurePath(str(name)).is_absolute() or ".." in PurePath(str(name)).parts:
                raise CallError(f"{source}: {place}: {name} lies elsewhere; name it on the command line")
        elif ":" in str(name):
            raise CallError(
                f"{source}: {place}: {name} is code of another project, which a config file may not name; "
                "name its module with --module or in .omnifig.yml, and here the component alone"
            )


def _has_key(value: Any, key: str) -> bool:
    if isinstance(value, Mapping):
        return any(str(one) == key or _has_key(inner, key) for one, inner in value.items())
    return isinstance(value, list) and any(_has_key(one, key) for one in value)

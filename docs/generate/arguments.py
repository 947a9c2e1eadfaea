"""Tables of arguments and settings: types in words, defaults as one types them."""

from __future__ import annotations

import collections.abc
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin

from disentcli.config.coercion import Bounds
from disentcli.config.root_settings import CONSOLE_KEYS, ROOT, Setting
from disentcli.config.schema import script_settings
from disentcli.registry import catalog
from disentcli.registry.catalog import Entry
from disentcli.registry.signature import arguments_of

from .markdown import table

HEAD = ("setting", "type", "default", "what it does")
WORDS = {
    int: "whole number",
    float: "number",
    str: "text",
    bool: "true or false",
    Path: "path",
    NoneType: "none",
    dict: "keys with values",
    list: "list",
}
LISTS = (list, tuple, collections.abc.Sequence)
MAPPINGS = (dict, collections.abc.Mapping)


def own(kind: str) -> list[Entry]:
    """The components of a kind that come with disentcli."""
    return [entry for entry in catalog.entries(kind) if entry.module.startswith("disentcli.")]


def type_words(kind: Any) -> str:
    """The values that a type takes, in words."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        bounds = " ".join(str(one) for one in inner[1:] if isinstance(one, Bounds))
        return f"{type_words(inner[0])} {bounds}".replace(f"{2**64 - 1:,}", "2⁶⁴ − 1").strip()
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in inner)
    if origin in LISTS:
        return f"list of {' and '.join(dict.fromkeys(type_words(one) for one in inner if one is not ...))}"
    if origin in MAPPINGS:
        return "keys with values"
    if origin is collections.abc.Callable:
        return "a component"
    if inner:
        return " or ".join(dict.fromkeys(map(type_words, inner)))
    if kind in WORDS:
        return WORDS[kind]
    return (
        "any value"
        if kind in (Any, object) or not isinstance(kind, type)
        else f"a component ({kind.__name__})"
    )


def shown(value: Any) -> str:
    """A default as one types it."""
    if value is None:
        return "–"
    if isinstance(value, (list, tuple)):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def argument_table(entry: Entry, *hidden: str) -> str:
    """The arguments that a config may give to a component: those that have a default."""
    rows = [
        (f"`{name.replace('_', '-')}`", type_words(one.hint), shown(one.default))
        for name, one in arguments_of(catalog.resolve(entry.kind, entry.name)).items()
        if not one.required and name not in hidden
    ]
    return table(("argument", "type", "default"), rows) if rows else ""


def _cells(row: Setting) -> tuple[str, str, str, str]:
    words = ", ".join(f"`{one}`" for one in row.choices) or type_words(row.type)
    variable = f", or `${row.env}`" if row.env else ""
    return f"`--{row.key}`", words, shown(row.default) + variable, row.help


def script_table(entry: Entry) -> str:
    """The settings that a script reads."""
    rows = [_cells(row) for row in script_settings(entry)]
    return table(HEAD, rows) if rows else ""


def settings_table() -> str:
    """Every setting, with the scripts that read it."""
    readers = {key: ["every script"] for key in CONSOLE_KEYS}
    found = dict(ROOT)
    for entry in own("script"):
        for row in script_settings(entry):
            found.setdefault(row.key, row)
            if row.key not in CONSOLE_KEYS:
                readers.setdefault(row.key, []).append(entry.name)
    rows = [(*_cells(row), ", ".join(readers.get(key, ["datasets"]))) for key, row in found.items()]
    return table((*HEAD, "read by"), rows)

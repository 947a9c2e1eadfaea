"""Which keys exist: those of the root's table, and the arguments of every registered component."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from .. import catalog
from ..build import kind_of
from ..errors import CallError
from ..nearest import nearest
from ..scripts.settings import POSITIONS, ROOT, Setting
from .aliases import aliased
from .stacking import COMMAND_LINE, KeyPath, Sheet, leaves, spelt, split

_TYPES: dict[str, Any] = {"int": int, "float": float, "str": str, "bool": bool, "list": list, "dict": dict}


def rows() -> dict[KeyPath, Setting]:
    """Every root setting by its path: the common table, and what scripts add of their own."""
    own = [_own_row(row) for entry in catalog.entries("script") for row in entry.settings if not isinstance(row, str)]
    return {split(row.key): row for row in [*own, *ROOT.values()]}


def _own_row(source: tuple[str, ...]) -> Setting:
    """A row that a script wrote as `Setting(key, type, default, help)`, from its source."""
    key, kind, default, text = source
    return Setting(ast.literal_eval(key), _TYPES.get(kind, Any), ast.literal_eval(default), ast.literal_eval(text))


def script_rows(entry: catalog.Entry) -> list[Setting]:
    """The settings that a script says it reads, in its order."""
    return [ROOT[row] if isinstance(row, str) else _own_row(row) for row in entry.settings if row in ROOT or len(row) == 4]


def check(sheets: list[Sheet]) -> None:
    """Raise CallError for the first key that nothing knows, naming it, its file and the nearest known ones."""
    aliases = {key for sheet in sheets for _, value in leaves(sheet) if (key := aliased(value))}
    for sheet in sheets:
        for message in unknown_keys(sheet, aliases):
            raise CallError(message)


def unknown_keys(sheet: Sheet, aliases: set[str] | None = None) -> Iterator[str]:
    """A message for each key of the sheet that no component or script knows."""
    meant = {split(key)[0] for key in aliases or ()}
    for path, known in _unknown(sheet):
        if path[0] in meant and len(path) == 1:
            continue
        shown = _dashed(path) if len(path) == 1 else ".".join(path)
        close = [".".join((*path[:-1], one)) for one in nearest(path[-1], known)]
        close = close or ([".".join(one) for one in _elsewhere(path)])
        key = f"--{shown}" if sheet.source == COMMAND_LINE else f"{sheet.source}: {shown}"
        hint = f"did you mean {' or '.join(close)}?" if close else "see `fig list components` and `fig train -h`"
        yield f"{key}: nothing knows this key; {hint}"


def _unknown(sheet: Sheet) -> Iterator[tuple[KeyPath, set[str]]]:
    table = rows()
    groups = {path[0] for path in table}
    known = groups | {key for key in POSITIONS if "." not in key} | {"metrics"}
    for key, value in sheet.items():
        if key.startswith("_"):
            continue
        if key == "metrics" and isinstance(value, Mapping):
            yield from _unknown_metrics(value)
        elif key in POSITIONS or kind_of(key, value):
            yield from _below(POSITIONS.get(key, key), value, (key,))
        elif key not in known:
            yield (key,), {spelt(one) for one in known}
        elif isinstance(value, Mapping) and (row := table.get((key,))) and row.type is not dict or isinstance(value, Mapping):
            yield from _below_group(value, (key,), table)


def _below_group(node: Mapping[str, Any], path: KeyPath, table: dict[KeyPath, Setting]) -> Iterator[Any]:
    if (row := table.get(path)) and row.type is dict:
        return
    known = {one[len(path)] for one in table if one[: len(path)] == path and len(one) > len(path)}
    for key in node:
        if not key.startswith("_") and key not in known:
            yield (*path, key), known


def _unknown_metrics(node: Mapping[str, Any]) -> Iterator[tuple[KeyPath, set[str]]]:
    names = {spelt(entry.name): entry for entry in catalog.entries("metric")}
    for name, arguments in node.items():
        if name not in names:
            yield ("metrics", name), {entry.name for entry in names.values()}
        elif isinstance(arguments, Mapping):
            known = {one.name for one in names[name].parameters}
            for key in arguments:
                if key not in known:
                    yield ("metrics", name, key), known


def _below(kind: str, node: Any, path: KeyPath) -> Iterator[tuple[KeyPath, set[str]]]:
    """Unknown keys of a component's node, whichever component of its kind may stand there."""
    if not isinstance(node, Mapping):
        return
    arguments = _arguments(kind)
    beside = {one[len(path)] for one in _places() if one[: len(path)] == path and len(one) > len(path)}
    for key, value in node.items():
        here = (*path, key)
        nested = POSITIONS.get(".".join(here)) or (kind_of(key, value) or ("",))[0]
        if key.startswith("_") or arguments.get(key):
            continue
        if key not in arguments and key not in beside:
            yield here, {*arguments, *beside}
        elif nested:
            yield from _below(nested, value, here)


@lru_cache
def _arguments(kind: str) -> dict[str, bool]:
    """The arguments of all components of a kind, and whether one of them takes a mapping as data."""
    table: dict[str, bool] = {}
    for entry in catalog.entries(kind):
        for parameter in entry.parameters:
            table[parameter.name] = table.get(parameter.name, False) or parameter.is_data
    return table


def _places() -> set[KeyPath]:
    return {*rows(), *(split(key) for key in POSITIONS)}


def _elsewhere(path: KeyPath) -> list[KeyPath]:
    """Where a key of this name is known: for `--beta 4` that is model.beta."""
    places = [one for one in rows() if one[-1] == path[-1]]
    places += [(*split(place), path[-1]) for place, kind in POSITIONS.items() if path[-1] in _arguments(kind)]
    nested = [("model", kind, path[-1]) for kind in ("encoder", "decoder", "latent") if path[-1] in _arguments(kind)]
    return [one for one in [*places, *nested] if one != path][:3]


def _dashed(path: KeyPath) -> str:
    return ".".join(path).replace("_", "-")

"""Configs laid on one another: one spelling for every key, the stronger value wins and remembers its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy, deepcopy
from enum import IntEnum
from typing import Any

from ..errors import CallError
from .root_settings import ROOT, VALUE_OR_GROUP

COMMAND_LINE = "command line"
VALUE_KEY = (
    "_value"  # where a root key that is a group too keeps its value: `--checkpoint best --checkpoint.freq 10`
)

KeyPath = tuple[str, ...]


class Rank(IntEnum):
    """How strong a config file is in a call, whatever the order; within a rank the leftmost wins."""

    SAID = 0  # named in the call, or what such a config inherits
    BROUGHT_ALONG = 1  # settings that come as the base of a config about something else
    DEFAULT = 2  # of the folder default/


class ConfigLayer(dict[str, Any]):
    """One config file, or the arguments of the command line: its values, and where they were written."""

    def __init__(self, data: Mapping[str, Any], source: str, name: str = "") -> None:
        super().__init__(canonical(data, source))
        self.source = source
        self.name = name
        self.rank = Rank.DEFAULT if name.startswith("default/") else Rank.SAID
        for group in VALUE_OR_GROUP:
            if group in self and not isinstance(self[group], Mapping):
                self[group] = {VALUE_KEY: self[group]}

    def brought_along(self) -> ConfigLayer:
        """The same sheet, as one that gives way to what is said."""
        weaker = copy(self)
        weaker.rank = max(Rank.BROUGHT_ALONG, self.rank)
        return weaker


class MergedConfig:
    """Sheets merged, the first the strongest: `values`, and `origins` with the source of each by its path.

    Where a config file chooses a component, what the choice beneath it and the configs that build on that
    one say to theirs goes with it, unless the file inherits from them or only says a run's choice again.
    """

    def __init__(self, sheets: Iterable[ConfigLayer]) -> None:
        self.sheets = list(sheets)
        self.values: dict[str, Any] = {}
        self.origins: dict[KeyPath, str] = {}
        self._inherited = _inherited(self.sheets)
        for sheet in reversed(self.sheets):
            if sheet.source != COMMAND_LINE:
                self._take_replaced_out(sheet)
            self._lay(self.values, sheet, (), sheet.source)

    def _take_replaced_out(self, sheet: ConfigLayer) -> None:
        """Forget the arguments of each component in whose place the sheet chooses its own."""
        own, files = self._inherited[sheet.source], {one.source for one in self.sheets if one.name}
        for path, name in flatten(sheet):
            chooser = self.origins.get(path) if path[-1] == "_type" else None
            said_again = chooser not in files and chooser and get_path(self.values, path) == name
            if chooser is None or chooser in own or said_again:
                continue
            node = get_path(self.values, path[:-1])
            for key in [one for one, value in node.items() if not isinstance(value, Mapping)]:
                place = (*path[:-1], key)
                origin = self.origins.get(place, "")
                speaks_of_it = chooser in self._inherited.get(origin, ()) or origin == chooser
                if speaks_of_it and origin not in own and place not in _SETTINGS:
                    del node[key]
                    self._forget(place)

    def _lay(self, below: dict[str, Any], above: Mapping[str, Any], path: KeyPath, source: str) -> None:
        for key, value in above.items():
            here, under = (*path, key), below.get(key)
            if _elements(value) and isinstance(under, list):
                self._replace_elements(under, value, here, source)
            elif isinstance(value, Mapping):
                if not isinstance(under, dict):
                    self._forget(here)
                    below[key] = {}
                self._lay(below[key], value, here, source)
            else:
                self._forget(here)
                below[key] = deepcopy(value)
                self.origins[here] = source

    def _replace_elements(
        self, under: list[Any], value: Mapping[str, Any], path: KeyPath, source: str
    ) -> None:
        for index, element in value.items():
            if int(index) >= len(under):
                place = ".".join((*path, index))
                raise CallError(f"{source}: {place}: the list has {len(under)} elements, counted from 0")
            under[int(index)] = deepcopy(element)
            self.origins[(*path, index)] = source

    def _forget(self, path: KeyPath) -> None:
        for known in [one for one in self.origins if one[: len(path)] == path]:
            del self.origins[known]


def _inherited(sheets: Iterable[ConfigLayer]) -> dict[str, set[str]]:
    """For each source, those of the sheets beneath it by `_base`."""
    known = {sheet.name: sheet for sheet in sheets}

    def beneath(sheet: ConfigLayer) -> set[str]:
        bases = [known[base] for base in sheet.get("_base") or () if base in known]
        return {base.source for base in bases}.union(*map(beneath, bases))

    return {sheet.source: beneath(sheet) for sheet in sheets}


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


def _elements(value: Any) -> bool:
    """Whether a mapping names elements of a list: `{"1": 9}`."""
    return isinstance(value, Mapping) and bool(value) and all(str(key).isdigit() for key in value)


#: what stands in a component's node and is said to the training, whatever component it is
_SETTINGS = frozenset(split(key) for key in ROOT if "." in key)


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

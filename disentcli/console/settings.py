"""What a script gets: the values of its call, read by key, each read remembered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from ..build import build, kind_of
from ..coercion import coerce, plain
from ..errors import CallError
from ..nearest import nearest
from ..scripts.settings import COMMON, EVERYWHERE, GROUPS, POSITIONS, Setting
from .aliases import resolve
from .checking import complaints
from .library import Library
from .screen import warn
from .stacking import BARE, COMMAND_LINE, KeyPath, Sheet, Stack, leaves, reach, split
from .vocabulary import rows


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()
CALL_ARGUMENTS = ("root", "device")  # arguments of components that belong to the machine, not to the run


class Settings:
    """The configs and arguments of one call.

    words: the bare words of a script that takes names; configs: those of one that takes configs;
    argv: the whole command line; root: the folder of the project; library: its configs.
    """

    def __init__(
        self,
        sheets: Iterable[Sheet],
        *,
        script: str = "",
        configs: Sequence[str] = (),
        words: Sequence[str] = (),
        argv: Sequence[str] = (),
        root: Path | None = None,
        library: Library | None = None,
    ) -> None:
        self.script, self.root, self.library = script, root or Path.cwd(), library
        self.configs, self.words, self.argv = list(configs), list(words), list(argv)
        self.stack = Stack(sheets)
        self.values, self._targets = resolve(self.stack.values)
        self._rows = rows()
        self._read: set[KeyPath] = set()
        self._used: dict[KeyPath, Any] = {}
        self._nodes: dict[KeyPath, dict[str, Any]] = {}
        self.inferred: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether a config or the command line sets this key to something other than null."""
        return self._raw(split(key)) is not None

    def get(self, key: str, default: Any = REQUIRED, type: Any = None) -> Any:
        """The value of a dotted key, as the type of its row in the table of settings, or as `type`.

        Raises:
            CallError: it is not set and has no default, or does not fit its type.
        """
        path = split(key)
        row = self._rows.get(path)
        self._mark(path)
        value = self._raw(path)
        if value is None:
            value = _default(row) if default is REQUIRED and row is not None else default
        elif type is not None or row is not None:
            value = coerce(value, type or (row.wanted if row else Any), f"{key} ({self.source(path)})")
        if value is REQUIRED:
            raise CallError(
                f"{self.script or 'this script'} needs the setting {key!r}: give it as --{key} VALUE"
            )
        if row is not None and row.type is Path and value is not None:
            value = self.root / Path(value).expanduser()
        value = (
            plain(value)
            if isinstance(value, (str, Mapping, list)) and type is None and row is None
            else value
        )
        self._used[path] = value
        return value

    def build(self, key: str, kind: str | None = None, **inferred: Any) -> Any:
        """The component whose node stands under this key; `inferred` fills its missing arguments by name."""
        path = split(key)
        node = self._raw(path)
        kind = kind or POSITIONS.get(key) or (kind_of(path[-1], node) or ("",))[0]
        if not isinstance(node, Mapping):
            raise CallError(
                f"no {kind or 'component'} is set: stack a config that sets {key!r} (see `fig list configs`)"
            )
        reaching = {name: self._raw((name,)) for name in EVERYWHERE if self.has(name)}
        self.inferred |= {*reaching, *inferred}
        component, full = build(kind, node, where=key, inferred={**reaching, **inferred}, unknown="ignore")
        self._nodes[path] = full
        self._remember(path, node, full)
        for name in reaching:
            if name not in inferred and _uses(full, name):
                self.get(name)
        return component

    def check(self) -> None:
        """Raise CallError for a key of the command line that nothing has read."""
        for sheet in self.stack.sheets:
            if sheet.source != COMMAND_LINE:
                continue
            for path, _ in leaves(sheet):
                path = path[:-1] if path[-1] == BARE else path
                if not self._was_read(path) and path[0] not in COMMON and not path[0].startswith("_"):
                    raise CallError(self._unread(path))

    def used(self) -> dict[str, Any]:
        """Every value in use so far, with defaults and inferred ones, without what belongs to one call or machine."""
        result: dict[str, Any] = {}
        for path, value in self._used.items():
            row = self._rows.get(path)
            if not path[0].startswith("_") and (row is None or row.stored):
                _put(result, path, str(value) if isinstance(value, Path) else value)
        for path, node in sorted(self._nodes.items(), key=lambda item: len(item[0])):
            _put(result, path, _without(node, CALL_ARGUMENTS))
        return result

    def over(self, stored: Mapping[str, Any], source: str = "the run's config.yaml") -> Settings:
        """These settings with a loaded run's config beneath: command line > configs of the call > the run's own.

        A config named `base` holds defaults, so it goes beneath the run.
        """
        own = Sheet(stored, source)
        for message in complaints(own):
            warn(message)
        defaults = [sheet for sheet in self.stack.sheets if sheet.name.rpartition("/")[2] == "base"]
        above = [sheet for sheet in self.stack.sheets if sheet not in defaults]
        for name in EVERYWHERE:
            if any(name in sheet for sheet in above) and name in own:
                _give_way(own, name, own[name])
        return Settings(
            [*above, own, *defaults],
            script=self.script,
            configs=self.configs,
            words=self.words,
            argv=self.argv,
            root=self.root,
            library=self.library,
        )

    def source(self, path: KeyPath) -> str:
        """The file that set the value at this path, `command line`, or `default`."""
        for candidate in (path, (*path, BARE)):
            if candidate in self.stack.origins:
                return self.stack.origins[candidate]
        return "default"

    def _raw(self, path: KeyPath) -> Any:
        try:
            value = reach(self.values, path)
        except KeyError:
            return None
        if isinstance(value, Mapping) and ".".join(path) in GROUPS:
            return value.get(BARE)
        return value

    def _mark(self, path: KeyPath) -> None:
        self._read.add(path)
        for alias, target in self._targets.items():
            if alias[: len(path)] == path and target not in self._read:
                self._mark(target)

    def _remember(self, path: KeyPath, node: Mapping[str, Any], full: Mapping[str, Any]) -> None:
        """Mark what the component took from its node as read."""
        for key, value in node.items():
            inner = full.get(key)
            if isinstance(value, Mapping) and isinstance(inner, Mapping) and "_type" in inner:
                self._remember((*path, key), value, inner)
            elif key in full:
                self._mark((*path, key))

    def _was_read(self, path: KeyPath) -> bool:
        return any(path[: len(one)] == one for one in self._read)

    def _unread(self, path: KeyPath) -> str:
        key = ".".join(path)
        places = {".".join(one) for one in self._read}
        places |= {".".join((*at, *below)) for at, node in self._nodes.items() for below, _ in leaves(node)}
        close = nearest(key, [one for one in places if one != key and "_type" not in one])
        hint = f"did you mean --{' or --'.join(close)}?" if close else "leave it out, or see `fig -h`"
        return f"--{key}: nothing in this call reads this key; {hint}"


def _default(row: Setting) -> Any:
    return os.environ.get(row.env) or row.default if row.env else row.default


def _uses(full: Mapping[str, Any], name: str) -> bool:
    return name in full or any(_uses(one, name) for one in full.values() if isinstance(one, Mapping))


def _without(node: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    names = tuple(names)
    return {
        key: _without(one, names) if isinstance(one, Mapping) and "_type" in one else deepcopy(one)
        for key, one in node.items()
        if key not in names
    }


def _put(result: dict[str, Any], path: KeyPath, value: Any) -> None:
    """Place a value in the nested result; nodes are merged, so that `dataset.batch_size` stays beside the dataset's."""
    *groups, last = path
    for group in groups:
        result = result.setdefault(group, {})
    if isinstance(value, Mapping) and isinstance(result.get(last), dict):
        result[last] = {**value, **{key: one for key, one in result[last].items() if key not in value}}
    else:
        result[last] = value


def _give_way(node: dict[str, Any], name: str, inferred: Any) -> None:
    """Drop arguments that the stored run had from its root, so that a new root value reaches them."""
    for value in node.values():
        if isinstance(value, dict):
            if value.get(name) == inferred:
                del value[name]
            _give_way(value, name, inferred)

"""What a script gets: the values of its call, read by key, each read remembered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..build import build, kind_of
from ..coercion import WrongValue, coerce
from ..errors import CallError
from ..nearest import nearest
from ..root_settings import COMMON, EVERYWHERE, GROUPS, POSITIONS, ROOT, Setting
from .aliases import resolve
from .checking import complaints
from .idleness import check_effect, warn_overridden
from .library import Library
from .screen import warn
from .stacking import BARE, COMMAND_LINE, KeyPath, Sheet, Stack, dashed, leaves, reach, split
from .usage import Usage
from .vocabulary import rows


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()


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
        self.values, aliases = resolve(self.stack.values)
        self.usage = Usage(aliases)

    def has(self, key: str) -> bool:
        """Whether a config or the command line sets this key to something other than null."""
        return self._raw(split(key)) is not None

    def get(self, key: str, default: Any = REQUIRED, type: Any = None) -> Any:
        """The value of a dotted key, as the type of its row in the table of settings, or as `type`.

        A key that is not set has its row's default, else `default`.

        Raises:
            CallError: it is not set and has no default, or does not fit its type.
        """
        path = split(key)
        row = rows().get(path)
        value = self._raw(path)
        if value is None:
            value = _default(row, default)
        else:
            wanted = type or (row.wanted if row is not None else Any)
            value = coerce(value, wanted, f"{key} ({self.source(path)})")
        if value is REQUIRED:
            raise CallError(f"{self.script} needs the setting {key!r}: give it as --{key} VALUE")
        if row is not None and row.type is Path and value is not None:
            value = self.root / Path(value).expanduser()
        self.usage.read(path, value, stored=row is None or row.stored)
        return value

    def build(self, key: str, kind: str | None = None, **inferred: Any) -> Any:
        """The component whose node stands under this key; `inferred` fills its missing arguments by name."""
        path = split(key)
        node = self._raw(path)
        kind = kind or POSITIONS.get(key) or (kind_of(path[-1], node) or ("",))[0]
        if not isinstance(node, Mapping):
            raise CallError(
                f"no {kind or 'component'} is chosen: stack a config that sets {key!r} (`fig list configs`)"
            )
        reaching = {name: self._raw((name,)) for name in EVERYWHERE if self.has(name)}
        try:
            component, full = build(
                kind, node, where=key, inferred={**reaching, **inferred}, unknown="ignore"
            )
        except WrongValue as error:
            source = self.source(split(error.key))
            raise CallError(f"{error.key} ({source}): {error.complaint}") from None
        self.usage.build(path, node, full)
        for name in reaching:
            if name not in inferred and _holds(full, name):
                self.get(name)
        return component

    def shares(self, key: str, other: Settings) -> bool:
        """Whether what `other` has built under this key is what these settings describe; then they use it."""
        path = split(key)
        node, full = self._raw(path), other.usage.built(path)
        reaching = [name for name in EVERYWHERE if _holds(full, name) and not _holds(node, name)]
        if node != other._raw(path) or any(self._raw((one,)) != other._raw((one,)) for one in reaching):
            return False
        self.usage.build(path, node, full)
        return True

    def check(self) -> None:
        """Raise CallError for a key of the command line that nothing has read."""
        given = (
            path for sheet in self.stack.sheets if sheet.source == COMMAND_LINE for path, _ in leaves(sheet)
        )
        for path in given:
            path = path[:-1] if path[-1] == BARE else path
            if not path[0].startswith("_") and path[0] not in COMMON and not self.usage.was_read(path):
                close = nearest(dashed(path), map(dashed, self.usage.known()))
                hint = (
                    f"did you mean --{' or --'.join(close)}?" if close else f"`fig {self.script} -h` has all"
                )
                raise CallError(f"--{dashed(path)}: nothing in this call reads this key; {hint}")

    def warn_overridden(self) -> None:
        """Warn of each config of the call whose main choice, or all of which, another config overrides."""
        if self.library:
            for name in self.configs:
                warn_overridden(name, self.library.stack(name), self.stack)

    def check_configs(self) -> None:
        """Raise CallError for a config of the call of which, its bases included, nothing has been read."""
        if self.library:
            for name in self.configs:
                check_effect(name, self.library.stack(name), self.stack, self.usage)

    def used(self) -> dict[str, Any]:
        """Every value in use, defaults and inferred ones too; not what belongs to one call or machine."""
        return self.usage.as_config()

    def over(self, stored: Mapping[str, Any], source: str = "the run's config.yaml") -> Settings:
        """These settings with a loaded run's config beneath: command line > configs of the call > the run.

        What configs of the call only bring along, and defaults, go beneath the run. What was read stays read.
        """
        run = Sheet(stored, source)
        for message in complaints(run):
            warn(message)
        defaults = [
            sheet for sheet in self.stack.sheets if sheet.rank or sheet.name.rpartition("/")[2] == "base"
        ]
        above = [sheet for sheet in self.stack.sheets if sheet not in defaults]
        for name in EVERYWHERE:
            if name in run and any(name in sheet for sheet in above):
                _give_way(run, name, run[name])
        return self._restacked([*above, run, *defaults])

    def beneath(self, sheets: Iterable[Sheet]) -> Settings:
        """These settings with more sheets under all of theirs. What was read stays read."""
        return self._restacked([*self.stack.sheets, *sheets])

    def above(self, sheets: Iterable[Sheet]) -> Settings:
        """These settings with more sheets over all of theirs. What was read stays read."""
        return self._restacked([*sheets, *self.stack.sheets])

    def _restacked(self, sheets: Iterable[Sheet]) -> Settings:
        settings = Settings(
            sheets,
            script=self.script,
            configs=self.configs,
            words=self.words,
            argv=self.argv,
            root=self.root,
            library=self.library,
        )
        settings.usage.has_read(self.usage)
        return settings

    def source(self, path: KeyPath) -> str:
        """The file that set the value at this path, `command line`, or `default`."""
        origins = self.stack.origins
        return origins.get(path) or origins.get((*path, BARE)) or "default"

    def _raw(self, path: KeyPath) -> Any:
        try:
            value = reach(self.values, path)
        except KeyError:
            return None
        key = ".".join(path)
        if isinstance(value, Mapping) and key in GROUPS:
            return value.get(BARE, None if key in ROOT else value)
        return value


def _default(row: Setting | None, default: Any) -> Any:
    if row is None:
        return default
    own = os.environ.get(row.env) or row.default if row.env else row.default
    return None if own is None and default is REQUIRED else default if own is None else own


def _holds(full: Mapping[str, Any], name: str) -> bool:
    return name in full or any(_holds(one, name) for one in full.values() if isinstance(one, Mapping))


def _give_way(node: dict[str, Any], name: str, inferred: Any) -> None:
    """Drop arguments that the stored run had from its root, so that a new root value reaches them."""
    for value in node.values():
        if isinstance(value, dict):
            if value.get(name) == inferred:
                del value[name]
            _give_way(value, name, inferred)

"""What a script gets: the values of its call, read by key, each read remembered."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import CallError
from ..suggestions import nearest
from .access_tracker import AccessTracker
from .coercion import ConfigValueError, coerce
from .config_layers import (
    COMMAND_LINE,
    VALUE_KEY,
    ConfigLayer,
    KeyPath,
    MergedConfig,
    cli_key,
    flatten,
    get_path,
    split,
)
from .config_store import ConfigStore
from .instantiate import build, component_of, fit_node
from .interpolation import resolve
from .root_settings import CONSOLE_KEYS, GLOBAL_ARGS, NODE_KINDS, ROOT, VALUE_OR_GROUP, Setting
from .schema import rows
from .unknown_keys import complaints
from .unused_configs import check_unused, warn_overridden

_log = logging.getLogger(__name__)


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
        sheets: Iterable[ConfigLayer],
        *,
        script: str = "",
        configs: Sequence[str] = (),
        words: Sequence[str] = (),
        argv: Sequence[str] = (),
        root: Path | None = None,
        library: ConfigStore | None = None,
    ) -> None:
        self.script, self.root, self.library = script, root or Path.cwd(), library
        self.configs, self.words, self.argv = list(configs), list(words), list(argv)
        self.stack = MergedConfig(sheets)
        self.values, aliases = resolve(self.stack.values)
        self.usage = AccessTracker(aliases)

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
        value = _default(row, default) if self._raw(path) is None else self._fitted(key, type)
        if value is REQUIRED:
            raise CallError(f"{self.script} needs the setting {key!r}: give it as --{key} VALUE")
        if row is not None and row.type is Path and value is not None:
            value = self.root / Path(value).expanduser()
        of_group = (
            key in VALUE_OR_GROUP and key in ROOT
        )  # `--checkpoint best` does not read `--checkpoint.freq`
        self.usage.read((*path, VALUE_KEY) if of_group else path, value, stored=row is None or row.stored)
        return value

    def fit_values(self, declared: Iterable[Setting]) -> dict[str, Any]:
        """Those of these settings that are set, by their keys, fitted to their types.

        Nothing is marked as read. A mapping is left to its script, which may take a spelling of its own.

        Raises:
            CallError: a value does not fit.
        """
        given = [row for row in declared if row.type is not dict and self.has(row.key)]
        return {row.key: self._fitted(row.key, row.wanted) for row in given}

    def build(self, key: str, kind: str | None = None, **inferred: Any) -> Any:
        """The component whose node stands under this key; `inferred` fills its missing arguments by name."""
        path = split(key)
        node = self._raw(path)
        kind = kind or NODE_KINDS.get(key) or (component_of(path[-1], node) or ("",))[0]
        if not isinstance(node, Mapping):
            raise CallError(
                f"no {kind or 'component'} is chosen: stack a config that sets {key!r} (`fig list configs`)"
            )
        reaching = self._reaching()
        taken: set[str] = set()
        with self._naming_sources():
            component, full = build(
                kind, node, where=key, inferred={**reaching, **inferred}, unknown="ignore", taken=taken
            )
        self.usage.build(path, node, full)
        for name in self._reached(reaching.keys() - inferred.keys(), taken, full):
            self.get(name)
        return component

    def fit(self, key: str) -> dict[str, Any] | None:
        """The node under this key with its arguments fitted to their types; None if it names no component.

        Nothing is built. CallError for an unknown component or a value that does not fit.
        """
        node = self._raw(split(key))
        if not isinstance(node, Mapping) or "_type" not in node:
            return None
        with self._naming_sources():
            taken: set[str] = set()
            reaching = self._reaching()
            full = fit_node(NODE_KINDS[key], node, where=key, inferred=reaching, taken=taken)
        self.usage.build(split(key), node, full)
        for name in self._reached(reaching, taken, full):
            self.usage.read((name,), None, stored=False)
        return full

    def _reaching(self) -> dict[str, Any]:
        """What of the root reaches the arguments of every component."""
        return {name: self._raw((name,)) for name in GLOBAL_ARGS if self.has(name)}

    def _reached(self, names: Iterable[str], taken: set[str], full: Mapping[str, Any]) -> list[str]:
        """Those of the root's values that a component has got, or holds itself."""
        return [name for name in names if name in taken or _holds(full, name, self._fitted(name))]

    @contextmanager
    def _naming_sources(self) -> Iterator[None]:
        """A value that does not fit is told with the file that set it."""
        try:
            yield
        except ConfigValueError as error:
            source = self.source(split(error.key))
            raise CallError(f"{error.key} ({source}): {error.complaint}") from None

    def shares(self, key: str, other: Settings) -> bool:
        """Whether what `other` has built under this key is what these settings describe; then they use it."""
        path = split(key)
        node, full = self._raw(path), other.usage.built(path)
        reaching = [name for name in GLOBAL_ARGS if _holds(full, name) and not _holds(node, name)]
        if node != other._raw(path) or any(self._raw((one,)) != other._raw((one,)) for one in reaching):
            return False
        self.usage.build(path, node, full)
        return True

    def check(self) -> None:
        """Raise CallError for a key of the command line that nothing has read."""
        given = (
            path for sheet in self.stack.sheets if sheet.source == COMMAND_LINE for path, _ in flatten(sheet)
        )
        for path in given:
            if not path[0].startswith("_") and path[0] not in CONSOLE_KEYS and not self.usage.was_read(path):
                path = path[:-1] if path[-1] == VALUE_KEY else path
                close = nearest(cli_key(path), map(cli_key, self.usage.known()))
                hint = (
                    f"did you mean --{' or --'.join(close)}?" if close else f"`fig {self.script} -h` has all"
                )
                raise CallError(f"--{cli_key(path)}: nothing in this call reads this key; {hint}")

    def warn_overridden(self) -> None:
        """Warn of each config of the call whose main choice, or all of which, another config overrides."""
        if self.library:
            for name in self.configs:
                warn_overridden(name, self.library.stack(name), self.stack)

    def check_configs(self) -> None:
        """Raise CallError for a config of the call of which, its bases included, nothing has been read."""
        if self.library:
            for name in self.configs:
                check_unused(name, self.library.stack(name), self.stack, self.usage)

    def used(self) -> dict[str, Any]:
        """Every value in use, defaults and inferred ones too; not what belongs to one call or machine."""
        return self.usage.as_config()

    def over(self, stored: Mapping[str, Any], source: str = "the run's config.yaml") -> Settings:
        """These settings with a loaded run's config beneath: command line > configs of the call > the run.

        What configs of the call only bring along, and defaults, go beneath the run. What was read stays read.
        """
        run = ConfigLayer(stored, source)
        for message in complaints(run):
            _log.warning(message)
        defaults = [sheet for sheet in self.stack.sheets if _is_default(sheet)]
        above = [sheet for sheet in self.stack.sheets if sheet not in defaults]
        for name in GLOBAL_ARGS:
            if any(name in sheet for sheet in above) and (name in run or not ROOT[name].stored):
                _give_way(run, name, run.get(name))
        return self._restacked([*above, run, *defaults])

    def alone(self, stored: Mapping[str, Any], source: str) -> Settings:
        """A loaded run's config with the defaults of this call beneath, and nothing else of the call."""
        defaults = [sheet for sheet in self.stack.sheets if _is_default(sheet)]
        return self._restacked([ConfigLayer(stored, source), *defaults])

    def beneath(self, sheets: Iterable[ConfigLayer]) -> Settings:
        """These settings with more sheets under all of theirs. What was read stays read."""
        return self._restacked([*self.stack.sheets, *sheets])

    def above(self, sheets: Iterable[ConfigLayer]) -> Settings:
        """These settings with more sheets over all of theirs. What was read stays read."""
        return self._restacked([*sheets, *self.stack.sheets])

    def _restacked(self, sheets: Iterable[ConfigLayer]) -> Settings:
        settings = Settings(
            sheets,
            script=self.script,
            configs=self.configs,
            words=self.words,
            argv=self.argv,
            root=self.root,
            library=self.library,
        )
        settings.usage.merge_reads(self.usage)
        return settings

    def source(self, path: KeyPath) -> str:
        """The file that set the value at this path, `command line`, or `default`."""
        origins = self.stack.origins
        return origins.get(path) or origins.get((*path, VALUE_KEY)) or "default"

    def _fitted(self, key: str, wanted: Any = None) -> Any:
        """The value that is set, as this type, else as that of its row."""
        path = split(key)
        row = rows().get(path)
        wanted = wanted or (row.wanted if row is not None else Any)
        return coerce(self._raw(path), wanted, f"{key} ({self.source(path)})")

    def _raw(self, path: KeyPath) -> Any:
        try:
            value = get_path(self.values, path)
        except KeyError:
            return None
        key = ".".join(path)
        if isinstance(value, Mapping) and key in VALUE_OR_GROUP:
            return value.get(VALUE_KEY, None if key in ROOT else value)
        return value


def _default(row: Setting | None, default: Any) -> Any:
    if row is None:
        return default
    own = os.environ.get(row.env) or row.default if row.env else row.default
    return None if own is None and default is REQUIRED else default if own is None else own


def _is_default(sheet: ConfigLayer) -> bool:
    """Whether the sheet gives way to a loaded run's config as well."""
    return bool(sheet.rank) or sheet.name.rpartition("/")[2] == "base"


def _holds(full: Mapping[str, Any], name: str, value: Any = REQUIRED) -> bool:
    """Whether the node or one in it has an argument of this name; with a value, one that has this value."""
    if name in full and (value is REQUIRED or full[name] == value):
        return True
    return any(_holds(one, name, value) for one in full.values() if isinstance(one, Mapping))


def _give_way(node: dict[str, Any], name: str, inferred: Any) -> None:
    """Drop arguments that the stored run had from its root, so that a new root value reaches them.

    `inferred` is the value of that root, None where it is not stored.
    """
    for value in node.values():
        if isinstance(value, dict):
            if name in value and inferred in (None, value[name]):
                del value[name]
            _give_way(value, name, inferred)

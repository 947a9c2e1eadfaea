"""The settings of one call: its configs and arguments merged, each value as the type of its setting."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..errors import CallError
from .coercion import ConfigValueError, coerce
from .config_layers import ConfigLayer, MergedConfig
from .config_store import ConfigStore
from .instantiate import NodeFit, build, fit_node, where_to_choose
from .keys import VALUE_KEY, KeyPath, get_path, split
from .nodes import component_of, has_argument, remove_argument
from .root_settings import GLOBAL_ARGS, NODE_KINDS, ROOT, VALUE_OR_GROUP, Setting
from .schema import settings_of
from .unknown_keys import unknown_key_messages

_log = logging.getLogger(__name__)


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED: Any = _Required()


@dataclass(frozen=True)
class Instance:
    """A component, the full node that it was built from, and the settings of the root that reached it."""

    component: Any
    node: Mapping[str, Any]
    reached: tuple[str, ...]

    def with_arguments(self, arguments: Mapping[str, Any]) -> Instance:
        """The same, with these arguments of the component in its node."""
        return replace(self, node={**self.node, **arguments})


class Settings:
    """The configs and arguments of one call; reading a value changes nothing.

    words: the positionals of a script that takes names; configs: those of one that takes configs;
    argv: the whole command line; root: the folder of the project; library: its configs.
    """

    def __init__(
        self,
        layers: Iterable[ConfigLayer] | MergedConfig,
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
        self.merged = layers if isinstance(layers, MergedConfig) else MergedConfig(layers)
        self.values, self.aliases = self.merged.resolved

    def has(self, key: str) -> bool:
        """Whether a config or the command line sets this key to something other than null."""
        return self._raw(split(key)) is not None

    def get(self, key: str, default: Any = REQUIRED, type: Any = None) -> Any:
        """The value of a dotted key, as the type of its setting, or as `type`.

        A key that is not set has its setting's default, else `default`.

        Raises:
            CallError: it is not set and has no default, or does not fit its type.
        """
        path = split(key)
        setting = settings_of(self.script).get(path)
        value = _default(setting, default) if self._raw(path) is None else self._fitted(key, type)
        if value is REQUIRED:
            raise CallError(f"{self.script} needs the setting {key!r}: give it as --{key} VALUE")
        if setting is not None and setting.type is Path and value is not None:
            value = self.root / Path(value).expanduser()
        return value

    def node(self, key: str) -> Mapping[str, Any] | None:
        """The node under a key; None where there is none."""
        found = self._raw(split(key))
        return found if isinstance(found, Mapping) else None

    def source(self, key: str) -> str:
        """The file that set the value of this key, `command line`, or `default`."""
        return self.merged.source(split(key))

    def fit_values(self, declared: Iterable[Setting]) -> dict[str, Any]:
        """Those of these settings that are set, by their keys, fitted to their types.

        A mapping is left to its script, which may take a spelling of its own.

        Raises:
            CallError: a value does not fit.
        """
        given = [one for one in declared if one.type is not dict and self.has(one.key)]
        return {one.key: self._fitted(one.key, one.wanted) for one in given}

    def build(self, key: str, kind: str | None = None, **inferred: Any) -> Any:
        """The component whose node stands under this key; `inferred` fills its missing arguments by name."""
        return self.instantiate(key, kind, **inferred).component

    def instantiate(self, key: str, kind: str | None = None, **inferred: Any) -> Instance:
        """As `build`, with the node that the component was built from, as config.yaml keeps it."""
        path = split(key)
        node = self._raw(path)
        kind = kind or NODE_KINDS.get(key) or (component_of(path[-1], node) or ("",))[0]
        if not isinstance(node, Mapping):
            raise _not_chosen(kind, key)
        reaching, taken = self.global_args(), set[str]()
        with self._naming_sources():
            component, full = build(
                kind, node, where=key, inferred={**reaching, **inferred}, unknown="ignore", taken=taken
            )
        names = [name for name in reaching if name not in inferred]
        return Instance(component, full, self.reached(names, taken, full))

    def fit(self, key: str, *, required: bool = False) -> NodeFit | None:
        """The node under this key with its arguments fitted to their types; None if it names no component.

        Nothing is built. CallError for an unknown component, a value that does not fit, or, where one is
        required, no component.
        """
        node = self.node(key)
        if node is None and required:
            raise _not_chosen(NODE_KINDS[key], key)
        if node is None or ("_type" not in node and not required):
            return None
        with self._naming_sources():
            return fit_node(NODE_KINDS[key], node, where=key, inferred=self.global_args())

    def reached(self, names: Iterable[str], taken: set[str], full: Mapping[str, Any]) -> tuple[str, ...]:
        """Those settings of the root that a component has got (`taken`), or holds itself."""
        return tuple(name for name in names if name in taken or has_argument(full, name, self._fitted(name)))

    def same_component(self, key: str, other: Settings, instance: Instance) -> bool:
        """Whether what `other` has built under this key is what these settings describe."""
        node, full = self.node(key), instance.node
        reaching = [
            name for name in GLOBAL_ARGS if has_argument(full, name) and not has_argument(node or {}, name)
        ]
        return node == other.node(key) and all(self._raw((one,)) == other._raw((one,)) for one in reaching)

    def with_base(self, stored: Mapping[str, Any], source: str = "the run's config.yaml") -> Settings:
        """These settings over a loaded run's config: command line > configs of the call > the run.

        The run's config is over incidental settings of the call's configs, and over defaults.
        """
        run = ConfigLayer(stored, source)
        for message in unknown_key_messages(run):
            _log.warning(message)
        over = [layer for layer in self.merged.layers if not _is_fallback(layer)]
        for name in GLOBAL_ARGS:
            if any(name in layer for layer in over) and (
                name in run or not ROOT[name.replace("_", "-")].stored
            ):
                remove_argument(run, name, run.get(name))  # so that the new value of the root reaches them
        return self._with([*over, run, *filter(_is_fallback, self.merged.layers)])

    def with_only(self, stored: Mapping[str, Any], source: str) -> Settings:
        """A loaded run's config over the defaults of this call, and nothing else of the call."""
        return self._with([ConfigLayer(stored, source), *filter(_is_fallback, self.merged.layers)])

    def with_defaults(self, layers: Iterable[ConfigLayer]) -> Settings:
        """These settings with more layers under all of theirs."""
        return self._with([*self.merged.layers, *layers])

    def with_overrides(self, layers: Iterable[ConfigLayer]) -> Settings:
        """These settings with more layers over all of theirs."""
        return self._with([*layers, *self.merged.layers])

    def _with(self, layers: Iterable[ConfigLayer]) -> Settings:
        return Settings(
            layers,
            script=self.script,
            configs=self.configs,
            words=self.words,
            argv=self.argv,
            root=self.root,
            library=self.library,
        )

    def global_args(self) -> dict[str, Any]:
        """What of the root reaches the arguments of every component."""
        return {name: self._raw((name,)) for name in GLOBAL_ARGS if self.has(name)}

    @contextmanager
    def _naming_sources(self) -> Iterator[None]:
        """A value that does not fit is named with the file that set it."""
        try:
            yield
        except ConfigValueError as error:
            raise CallError(f"{error.key} ({self.source(error.key)}): {error.complaint}") from None

    def _fitted(self, key: str, wanted: Any = None) -> Any:
        """The value that is set, as this type, else as that of its setting."""
        path = split(key)
        setting = settings_of(self.script).get(path)
        wanted = wanted or (setting.wanted if setting is not None else Any)
        return coerce(self._raw(path), wanted, f"{key} ({self.source(key)})")

    def _raw(self, path: KeyPath) -> Any:
        try:
            value = get_path(self.values, path)
        except KeyError:
            return None
        key = ".".join(path)
        if isinstance(value, Mapping) and key in VALUE_OR_GROUP:
            return value.get(VALUE_KEY, None if key in ROOT else value)
        return value


def _not_chosen(kind: str, key: str) -> CallError:
    return CallError(f"no {kind or key} is chosen: {where_to_choose(kind)}")


def _default(setting: Setting | None, default: Any) -> Any:
    if setting is None:
        return default
    own = os.environ.get(setting.env) or setting.default if setting.env else setting.default
    return None if own is None and default is REQUIRED else default if own is None else own


def _is_fallback(layer: ConfigLayer) -> bool:
    """Whether the layer is weaker than a loaded run's config as well."""
    return bool(layer.rank) or layer.name.rpartition("/")[2] == "base"

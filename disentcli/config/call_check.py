"""The one check of a call, before any work: its keys, values and components against what is declared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..errors import CallError
from ..registry import catalog
from ..registry.catalog import Entry
from ..suggestions import nearest
from .keys import VALUE_KEY, KeyPath, cli_key, flatten, key_as_written, split
from .root_settings import CONSOLE_KEYS, GLOBAL_ARGS, NODE_KINDS, ROOT, VALUE_OR_GROUP, Setting
from .schema import METRICS, declared_settings, script_settings
from .settings import Settings
from .unknown_keys import check_known, synonyms_in
from .unused_configs import check_unused, warn_overridden

PARENTS = ("load", "resume")  # settings that name a run whose config lies under that of the call


def check_call(settings: Settings) -> None:
    """Check a whole call against the declaration of its script and the components that it names.

    Of a training over a run's config, this is done once that config is there: `check_keys_in_use`.

    Raises:
        CallError: a key that nothing knows or reads, a value that does not fit, an unknown component, or a
            config of which nothing is read.
    """
    entry = catalog.find("script", settings.script)
    check_known(settings.merged.layers, _first_keys(entry))
    settings.fit_values(script_settings(entry))
    if settings.library:
        for name in settings.configs:
            warn_overridden(name, settings.library, settings.merged)
    if not entry.script.forwards and not _has_parent(settings, entry):
        check_keys_in_use(settings)


def check_keys_in_use(settings: Settings) -> None:
    """Check that the components of a call fit their signatures, and that all that it gives is read.

    Raises:
        CallError: an unknown component, a value that does not fit, a key or a config of the call that
            nothing reads.
    """
    entry = catalog.find("script", settings.script)
    keys = KeysInUse(settings, entry)
    for path in settings.merged.typed_paths():
        if path[0] not in CONSOLE_KEYS and not keys.covers(path):
            _refuse_unread(settings, entry, key_as_written(path), keys.known - keys.dropped)
    if "load" in entry.script.settings and not NODE_KINDS.keys() & set(keys.nodes):
        _check_no_components(settings, keys)
    if settings.library and entry.script.nodes is not None and not entry.script.includes:
        for name in settings.configs:
            check_unused(name, settings.library.lineage(name), settings.merged, keys.covers)


class KeysInUse:
    """The keys that a call reads: the settings of its script, and what its components take.

    read: their paths; known: those that it would read besides, for hints; dropped: those of them that another
    setting of the call rules out; nodes: those that the script reads.
    """

    def __init__(self, settings: Settings, entry: Entry) -> None:
        self.settings = settings
        self.read: set[KeyPath] = set()
        self.known: set[KeyPath] = set()
        self.dropped: set[KeyPath] = set()
        self.script = entry.script
        nodes = entry.script.nodes
        self.undeclared = nodes is None
        self.nodes = (*NODE_KINDS, METRICS[0]) if nodes is None else nodes
        for setting in declared_settings(entry):
            if nodes is None or not setting.of_component:
                self._read_setting(setting)
        for key in self.nodes:
            self._read_node(key)
        for conditions, wanted in ((entry.script.only_with, True), (entry.script.only_without, False)):
            for condition, keys in conditions.items():
                if bool(settings.get(condition)) is not wanted:
                    self.read -= set(map(setting_path, keys))
                    self.dropped |= set(map(split, keys))

    def covers(self, path: KeyPath) -> bool:
        """Whether the key, or one above it, is read."""
        return any(path[: len(one)] == one for one in self.read)

    def _read_setting(self, setting: Setting) -> None:
        self._mark(setting_path(setting.key))
        self.known.add(split(setting.key))

    def _read_node(self, key: str) -> None:
        """Mark the arguments of the component under this key as read; under `metrics`, all keys."""
        path = split(key)
        if path == METRICS:
            self._mark(path)
        required = key in self.script.needs and bool(self.settings.configs)
        fit = self.settings.fit(key, required=required) if key in NODE_KINDS else None
        if fit is None:
            if self.undeclared:  # the script may take the component from elsewhere
                self.read |= {path, *((name,) for name in GLOBAL_ARGS)} if key == "model" else {path}
            return
        self.known |= fit.known
        reached = self.settings.reached(self.settings.global_args(), fit.taken, fit.full)
        for one in (*self._given(path, fit.full), *((name,) for name in reached)):
            self._mark(one)

    def _given(self, path: KeyPath, full: object) -> Iterable[KeyPath]:
        """The paths of the arguments that a node gives to its component and the parts of it."""
        node = self.settings.node(".".join(path))
        if not isinstance(full, dict) or node is None:
            return
        yield (*path, "_type")
        for key, written in node.items():
            inner = full.get(key)
            if isinstance(written, Mapping) and isinstance(inner, dict) and "_type" in inner:
                yield from self._given((*path, key), inner)
            elif key in full:
                yield (*path, key)

    def _mark(self, path: KeyPath) -> None:
        """Add a path, and those that aliases at it or below lead to."""
        self.read.add(path)
        for alias, target in self.settings.aliases.items():
            if alias[: len(path)] == path and target not in self.read:
                self._mark(target)


def setting_path(key: str) -> KeyPath:
    """Where the value of a setting stands: `--checkpoint best` does not read `--checkpoint.freq`."""
    return (*split(key), VALUE_KEY) if key in VALUE_OR_GROUP and key in ROOT else split(key)


def _first_keys(entry: Entry) -> set[str] | None:
    """How the keys begin that a script can read; None where it does not say, or passes keys on."""
    if entry.script.nodes is None or entry.script.forwards:
        return None
    keys = [row.key for row in declared_settings(entry)] + list(entry.script.nodes)
    return {split(key)[0] for key in keys}


def _has_parent(settings: Settings, entry: Entry) -> bool:
    """Whether the call names a run whose config lies under its own."""
    return "model" in (entry.script.nodes or ()) and any(map(settings.has, PARENTS))


def _refuse_unread(settings: Settings, entry: Entry, path: KeyPath, known: Iterable[KeyPath]) -> None:
    key = cli_key(path)
    for condition, keys in entry.script.only_with.items():
        if path in map(split, keys):
            raise CallError(f"--{key} is of calls with --{condition}: give that too, or leave --{key} out")
    for condition, keys in entry.script.only_without.items():
        if path in map(split, keys):
            raise CallError(f"--{key} is of calls without --{condition}: leave one of the two out")
    known = sorted(known)
    close = list(map(cli_key, synonyms_in(path, known))) or nearest(key, map(cli_key, known))
    hint = f"did you mean --{' or --'.join(close)}?" if close else f"`fig {settings.script} -h` has all"
    raise CallError(f"--{key}: nothing in this call reads this key; {hint}")


def _check_no_components(settings: Settings, keys: KeysInUse) -> None:
    """Raise CallError for a config that chooses a component where data and model are a run's own."""
    for layer in settings.merged.layers:
        for path, value in flatten(layer):
            if path[-1] == "_type" and not keys.covers(path):
                raise CallError(
                    f"{layer.source} sets {'.'.join(path)} ({value}), but fig {settings.script} takes data "
                    "and model from the run: leave it out"
                )

"""Which metrics a call computes, and with which options: by name, by config, and by preset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..config.coercion import to_plain
from ..config.config_store import ConfigStore
from ..config.keys import VALUE_KEY
from ..config.unknown_keys import check_known
from ..errors import CallError
from ..metrics.evaluate import BoundMetric
from ..registry.catalog import entries, find, resolve
from ..suggestions import unknown

if TYPE_CHECKING:
    from ..config.config_layers import ConfigLayer
    from ..config.config_store import ConfigStore
    from ..config.settings import Settings
    from ..metrics.evaluate import BoundMetric

FOLDER = "eval/preset/"  # of the configs that hold the options of every metric
DEFAULT = "eval/standard"  # the config whose metrics are computed where a call names none
EVERYTHING = "all"


def with_preset(settings: Settings, name: str) -> Settings:
    """The settings over a preset's metric options and counts: their own values win.

    Raises:
        CallError: there is no such preset, or it has a key that nothing knows.
    """
    library = _library(settings)
    known = [config.removeprefix(FOLDER) for config in library.paths if config.startswith(FOLDER)]
    if name not in known:
        raise CallError(unknown("preset", name, known, f"presets are the configs {FOLDER}…"))
    layers = library.lineage(FOLDER + name)
    check_known(layers)
    return settings.with_defaults(layers)


def chosen_metrics(settings: Settings, preset: str) -> list[BoundMetric]:
    """The metrics that the call names, with the preset's options under its own.

    `--metrics mig,dci` names them, and so does a config's list, or mapping of names to options; the strongest
    list counts, with what is named beside it or above. `all` is every registered metric. Where none is named,
    those of eval/standard are taken. A metric set to false is left out.
    """
    for layers in (settings.merged.layers, _library(settings).lineage(DEFAULT)):
        names = [name for name in _named(layers) if settings.get(f"metrics.{name}", None) is not False]
        if names:
            return metrics_by_name(settings, names, preset)
    raise CallError("no metric is left to compute: --metrics mig,dci names some, --metrics all takes all")


def metrics_by_name(settings: Settings, names: Iterable[str], preset: str) -> list[BoundMetric]:
    """These metrics, each once, with the call's options over the preset's."""
    merged = with_preset(settings, preset)
    return [
        BoundMetric(name, resolve("metric", name), _options(name, merged.get(f"metrics.{name}", None)))
        for name in dict.fromkeys(find("metric", name).name.replace("-", "_") for name in names)
    ]


def names_of(given: Any, key: str = "metrics") -> list[str]:
    """Names from a list, or from a text with commas between them; `all` is every registered one."""
    names = [one.strip() for one in given.split(",")] if isinstance(given, str) else given
    if not isinstance(names, list) or not names or not all(isinstance(one, str) and one for one in names):
        raise CallError(
            f"--{key} takes names, as in --{key} mig,dci, or [mig, dci] in a config; not {given!r}"
        )
    return [name for one in names for name in (_all() if one == EVERYTHING else [one])]


def _named(layers: Iterable[ConfigLayer]) -> list[str]:
    """The names of the strongest list and of the mappings beside and above it; without one, of all."""
    named: list[str] = []
    for layer in layers:
        node = layer.get("metrics")
        if not isinstance(node, Mapping):
            continue
        named += [name for name in node if name != VALUE_KEY]
        if VALUE_KEY in node:
            return [*names_of(to_plain(node[VALUE_KEY])), *named]
    return named


def _library(settings: Settings) -> ConfigStore:

    return settings.library or ConfigStore({}, settings.root)


def _all() -> list[str]:
    """Every metric once: of one with several names, the first in the alphabet."""
    names: dict[tuple[str, str], str] = {}
    for entry in entries("metric"):
        names.setdefault((entry.module, entry.qualname), entry.name)
    return list(names.values())


def _options(name: str, options: Any) -> dict[str, Any]:
    if options is None or isinstance(options, bool):
        return {}
    if not isinstance(options, Mapping):
        raise CallError(
            f"metrics.{name} takes options (--metrics.{name}.OPTION VALUE) or false, not {options!r}"
        )
    return {str(key).replace("-", "_"): value for key, value in options.items()}

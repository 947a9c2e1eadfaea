"""Values of runs' configs by the keys that people group runs by, as tables show them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..errors import CallError
from ..suggestions import unknown

Config = Mapping[str, Any]

MISSING = "–"
#: what does not change the experiment
INDIFFERENT = ("extra", "logger", "validation", "checkpoint.", "records.", "print.", "viz.")


def _component(*path: str) -> Callable[[Config], str]:
    """Reads the name of the component at this path."""
    return lambda config: format_value(_value_at(config, path))


def _split(config: Config) -> str:
    """The names of what is held out, else the rule's."""
    node = config.get("split") or {"_type": "standard"}
    held = node.get("hold_out") if isinstance(node, Mapping) else None
    return "+".join(held) if isinstance(held, Mapping) and held else format_value(node)


def _architecture(config: Config) -> str:
    """The networks: one name where encoder and decoder share it."""
    names = [format_value(_value_at(config, ("model", part))) for part in ("encoder", "decoder")]
    return names[0] if names[0] == names[1] else "/".join(names)


def _weight(config: Config) -> str:
    root = _value_at(config, ("reg_wt",))
    return format_value(_value_at(config, ("model", "reg_wt")) if root is None else root)


#: names that stand for a dotted key
NAMED = {
    "method": _component("model"),
    "operator": _component("model", "operator"),
    "latent": _component("model", "latent"),
    "encoder": _component("model", "encoder"),
    "decoder": _component("model", "decoder"),
    "dataset": _component("dataset"),
    "view": _component("view"),
    "split": _split,
    "architecture": _architecture,
    "reg_wt": _weight,
    "lr": _component("model", "optim", "lr"),
}


def value_text(config: Config, key: str) -> str:
    """The value under a name of `NAMED` or a dotted key, as a table shows it; – where there is none.

    >>> value_text({"model": {"_type": "vae", "latent": {"_type": "gaussian"}}, "reg_wt": 4.0}, "reg-wt")
    '4'
    """
    plain = key.replace("-", "_")
    if plain in NAMED:
        return str(NAMED[plain](config))
    return format_value(_value_at(config, plain.split(".")))


def check_keys(keys: Iterable[str], configs: Iterable[Config]) -> None:
    """Raise CallError, with the nearest names, for a key that none of the configs has."""
    known = {path.replace("_", "-") for config in configs for path, _ in dotted_values(config, nodes=True)}
    known |= {name.replace("_", "-") for name in NAMED}
    for key in keys:
        if key.replace("_", "-") not in known:
            raise CallError(
                unknown("key of the runs' configs", key, known, "A key is dotted: model.optim.lr")
            )


def differing(configs: Iterable[Config], besides: Iterable[str] = ()) -> dict[str, list[str]]:
    """The keys in which configs of one group differ, components first; not what makes no difference."""
    left_out = {*besides}
    tables = [{path: format_value(value) for path, value in dotted_values(config)} for config in configs]
    paths = dict.fromkeys(path for table in tables for path in table)
    found: dict[str, list[str]] = {}
    for path in sorted(paths, key=lambda path: not path.endswith("._type")):
        values = list(dict.fromkeys(table.get(path, MISSING) for table in tables))
        of_seed = path.rpartition(".")[2] == "seed"  # the root's seed reaches components
        if len(values) > 1 and not of_seed and not path.startswith(INDIFFERENT) and path not in left_out:
            found[path.removesuffix("._type").replace("_", "-")] = values
    return found


def dotted_values(config: Config, above: str = "", *, nodes: bool = False) -> Iterator[tuple[str, Any]]:
    """Each dotted path of a config with its value; with those of components and groups too if `nodes`."""
    for key, value in config.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping):
            if nodes:
                yield path, value
            yield from dotted_values(value, f"{path}.", nodes=nodes)
        else:
            yield path, value


def format_value(value: Any) -> str:
    """A value of a config in a table: a component by its name, a number without a useless `.0`."""
    if isinstance(value, Mapping):
        return str(value.get("_type", "+".join(map(str, value)))) or MISSING
    if isinstance(value, (list, tuple)):
        return ",".join(map(format_value, value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return MISSING if value is None else str(value)


def _value_at(config: Any, path: Iterable[str]) -> Any:
    for key in path:
        if not isinstance(config, Mapping) or key not in config:
            return None
        config = config[key]
    return config

"""Keys that nothing knows, found as soon as the configs are read and before anything is built."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import CallError
from ..suggestions import nearest
from .config_layers import COMMAND_LINE, ConfigLayer
from .interpolation import aliased
from .keys import KeyPath, cli_key, flatten, split
from .schema import SchemaNode, places_of

MOST = 15  # names that a message lists
#: what other programs call these keys
SYNONYMS = {
    "beta": "reg_wt",
    "steps": "budget",
    "epochs": "budget",
    "learning_rate": "lr",
    "z_dim": "latent_dim",
}


def check_known(layers: Iterable[ConfigLayer]) -> None:
    """Raise CallError for the first unknown key, naming it, its file and the nearest known ones."""
    layers = list(layers)
    named = {split(key)[0] for layer in layers for _, value in flatten(layer) if (key := aliased(value))}
    for layer in layers:
        for message in unknown_key_messages(layer, named):
            raise CallError(message)


def unknown_key_messages(layer: ConfigLayer, named: Iterable[str] = ()) -> Iterator[str]:
    """A message for each key of the layer that no component or script knows, nor an alias names."""
    known = set(named)
    for path, here in _unknown(layer, SchemaNode()):
        if path[0] in known and len(path) == 1:
            continue
        elsewhere = places_of(path[-1]) + places_of(SYNONYMS.get(path[-1], ""))
        close = elsewhere[:3] or [(*path[:-1], one) for one in nearest(path[-1], here)]
        meant = " or ".join(map(cli_key, close))
        hint = f"did you mean {meant}?" if close else _listed(here)
        where = "--" if layer.source == COMMAND_LINE else f"{layer.source}: "
        yield f"{where}{cli_key(path)}: nothing knows this key; {hint}"


def _unknown(node: Mapping[str, Any], schema: SchemaNode) -> Iterator[tuple[KeyPath, set[str]]]:
    known = schema.keys()
    for key, value in node.items():
        if key.startswith("_"):
            continue
        if key not in known:
            yield (*schema.path, key), known
        elif isinstance(value, Mapping) and not schema.is_data(key):
            below = schema.below(key, value)
            if below is not None:
                yield from _unknown(value, below)


def _listed(known: set[str]) -> str:
    names = sorted(cli_key((one,)) for one in known)
    return f"known here: {', '.join(names)}" if len(names) <= MOST else "`fig <script> -h` lists the settings"

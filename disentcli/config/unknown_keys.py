"""Keys that nothing knows, found as soon as the configs are read and before anything is built."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from ..errors import CallError
from ..suggestions import nearest
from .config_layers import COMMAND_LINE, ConfigLayer
from .interpolation import aliased
from .keys import KeyPath, cli_key, flatten, split
from .root_settings import ROOT
from .schema import SchemaNode, places_of

MOST = 15  # names that a message lists
#: what other programs call these keys; looked up before nearest spellings
SYNONYMS = {
    "beta": "reg_wt",
    "kl_weight": "reg_wt",
    "steps": "budget",
    "max_steps": "budget",
    "num_steps": "budget",
    "iterations": "budget",
    "epochs": "budget",
    "num_epochs": "budget",
    "learning_rate": "lr",
    "bs": "batch_size",
    "z_dim": "latent_dim",
    "latent_size": "latent_dim",
    "latents": "latent_dim",
    "gpu": "device",
    "cuda": "device",
    "output": "saveroot",
    "output_dir": "saveroot",
    "outdir": "saveroot",
    "logdir": "saveroot",
    "data": "dataroot",
    "data_dir": "dataroot",
    "ckpt": "checkpoint",
    "experiment": "name",
    "random_seed": "seed",
}
#: what other programs have and this one does without
WITHOUT = {
    "workers": "batches are gathered without worker processes; leave it out",
    "num_workers": "batches are gathered without worker processes; leave it out",
}


def check_known(layers: Iterable[ConfigLayer], read: Container[str] | None = None) -> None:
    """Raise CallError for the first unknown key, naming it, its file and the nearest known ones.

    `read` is how the keys begin that the script reads: of the command line, others are not suggested.
    """
    layers = list(layers)
    named = {split(key)[0] for layer in layers for _, value in flatten(layer) if (key := aliased(value))}
    for layer in layers:
        only = read if layer.source == COMMAND_LINE else None
        for message in unknown_key_messages(layer, named, only):
            raise CallError(message)


def unknown_key_messages(
    layer: ConfigLayer, named: Iterable[str] = (), read: Container[str] | None = None
) -> Iterator[str]:
    """A message for each key of the layer that no component or script knows, nor an alias names."""
    known = set(named)
    for path, here in _unknown(layer, SchemaNode()):
        if path[0] in known and len(path) == 1:
            continue
        hint = WITHOUT.get(path[-1]) or _hint(path, here, read)
        where = "--" if layer.source == COMMAND_LINE else f"{layer.source}: "
        yield f"{where}{cli_key(path)}: nothing knows this key; {hint}"


def _hint(path: KeyPath, here: set[str], read: Container[str] | None) -> str:
    """Where a key of this name or meaning is known, else the nearest spellings beside it."""
    elsewhere = dict.fromkeys([*_places(path[-1]), *_places(SYNONYMS.get(path[-1], ""))])
    close = list(elsewhere)[:3] or [(*path[:-1], one) for one in nearest(path[-1], here)]
    close = [one for one in close if read is None or one[0] in read]
    return f"did you mean {' or '.join(map(cli_key, close))}?" if close else _listed(here)


def _places(name: str) -> list[KeyPath]:
    """Where keys of this name are known: the one that is a setting of its own, if there is one."""
    places = places_of(name)
    return [one for one in places if cli_key(one) in ROOT][:1] or places


def synonyms_in(key: KeyPath, known: Iterable[KeyPath]) -> list[KeyPath]:
    """Those of the known keys that other programs call by this name."""
    return [path for path in known if path[-1] == SYNONYMS.get(key[-1])]


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

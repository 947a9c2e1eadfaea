"""`--cat real`: the category of the dataset of a call, under the argument that this dataset has for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import CallError
from ..registry import catalog
from ..registry.signature import arguments_of
from .keys import KeyPath, cli_key

CATEGORY = "cat"  # key of the root
DATASET = "dataset"


def category_path(layers: Iterable[Mapping[str, Any]]) -> KeyPath | None:
    """Where the category belongs: `dataset.category`, or what `category_argument` of the dataset says.

    None where no layer, the first the strongest, gives a category, or where the dataset has none.
    """
    layers = list(layers)
    named = [str(node["_type"]) for layer in layers if "_type" in (node := _dataset(layer))]
    if not named or not any(CATEGORY in layer for layer in layers):
        return None
    try:
        component = catalog.resolve(DATASET, named[0].removeprefix(f"{DATASET}/"))
    except CallError:  # no such dataset: the check of the call says so
        return None
    argument: str = getattr(component, "category_argument", "category")
    return (DATASET, argument) if argument in arguments_of(component) else None


def place_category(layer: Mapping[str, Any], path: KeyPath | None, source: str) -> Mapping[str, Any]:
    """The values of a layer with its category at this path.

    Raises:
        CallError: it gives the category there as well; the message names the `source` of the layer.
    """
    if path is None or CATEGORY not in layer:
        return layer
    node = _dataset(layer)
    if path[1] in node:
        raise CallError(f"{source}: {CATEGORY} and {cli_key(path)} are one; give one of them")
    others = {key: value for key, value in layer.items() if key != CATEGORY}
    return {**others, DATASET: {**node, path[1]: layer[CATEGORY]}}


def _dataset(layer: Mapping[str, Any]) -> Mapping[str, Any]:
    node = layer.get(DATASET)
    return node if isinstance(node, Mapping) else {}

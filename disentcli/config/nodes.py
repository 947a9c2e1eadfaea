"""Nodes of a config that describe a component: which one it is, and its values as YAML has them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_args, get_origin

from ..registry import KINDS
from ..registry.signature import Argument
from .coercion import CliText, to_plain

KIND_OF_KEY = {  # where a key is not named after its kind
    "model": "method",
    "optim": "optimizer",
    "warm_up_prior": "prior",
}
BY_NAME = ("operator", "relation_learner")  # the components that text may name: `--model.operator mlp`


def component_of(key: str, node: Any) -> tuple[str, str] | None:
    """(kind, name) of the component that the node under this key describes; None if it describes none."""
    if not isinstance(node, Mapping):
        return None
    written = node.get("_type")
    name = written if isinstance(written, str) else ""
    named_kind, slash, of_kind = name.partition("/")
    if slash and named_kind in KINDS:
        return named_kind, of_kind
    kind = KIND_OF_KEY.get(key, key)
    return (kind, name) if kind in KINDS else None


def is_component(value: Any, argument: Argument) -> TypeGuard[Mapping[str, Any]]:
    """Whether what a node holds for an argument describes a component."""
    return isinstance(value, Mapping) and ("_type" in value or component_of(argument.name, value) is not None)


def with_type(value: Any, argument: Argument) -> Any:
    """The node of a component whose name alone is given; any other value as it is."""
    return {"_type": value} if isinstance(value, str) and argument.name in BY_NAME else value


def are_components(value: Any) -> TypeGuard[list[Mapping[str, Any]]]:
    """Whether what a node holds for an argument is a list of components."""
    return isinstance(value, list) and any(isinstance(one, Mapping) and "_type" in one for one in value)


def takes_component(argument: Argument) -> bool:
    """Whether an argument is a component, and nothing that plain text could stand for."""
    if KIND_OF_KEY.get(argument.name, argument.name) not in KINDS:
        return False
    plain_types = [one for one in (argument.hint, *get_args(argument.hint)) if one in (str, bool)]
    return not plain_types and get_origin(argument.hint) is not Literal


def is_plain(value: Any) -> bool:
    """Whether a value can be written as YAML."""
    if isinstance(value, Mapping):
        return all(map(is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str, Path))


def as_yaml(value: Any) -> Any:
    """A plain value in YAML's types."""
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [as_yaml(one) for one in value]
    if isinstance(value, Mapping):
        return {key: as_yaml(one) for key, one in value.items()}
    return to_plain(value) if isinstance(value, CliText) else value


def has_argument(node: Mapping[str, Any], name: str, value: Any = ...) -> bool:
    """Whether the node or one in it has an argument of this name; with a value, one that has this value."""
    if name in node and (value is ... or node[name] == value):
        return True
    return any(has_argument(one, name, value) for one in node.values() if isinstance(one, Mapping))


def remove_argument(node: dict[str, Any], name: str, value: Any) -> None:
    """Drop an argument from all nodes below this one: where it has this value, or all where that is None."""
    for below in node.values():
        if isinstance(below, dict):
            if name in below and value in (None, below[name]):
                del below[name]
            remove_argument(below, name, value)

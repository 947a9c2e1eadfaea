"""The resolved config as `fig show` prints it: each value with the file or default that it comes from."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ..config.coercion import to_plain
from ..config.keys import VALUE_KEY, KeyPath, flatten, get_path, split
from ..config.nodes import component_of
from ..config.resolved_config import resolved_config
from ..config.root_settings import GLOBAL_ARGS, LOCAL_ARGS, NODE_KINDS
from ..config.settings import Instance, Settings
from ..registry import catalog
from .terminal import styled

WIDEST = 60  # columns before the sources


def report(settings: Settings, instances: Mapping[str, Instance]) -> str:
    """The config as YAML, every value with its source as a comment; `instances` are what was built of it."""
    used = resolved_config(settings, instances, partial=True)
    values: dict[KeyPath, Any] = dict(flatten(settings.values)) | dict(flatten(used))
    groups = {path[:depth] for path in values for depth in range(len(path))}
    values = {**{path: value for path, value in _defaults(settings) if path not in groups}, **values}
    shown = [path for path in values if not path[0].startswith("_")]
    shown.sort(key=lambda path: (len(path) > 1, path[:-1], path[-1] != "_type"))
    lines: list[tuple[str, str]] = []
    group: KeyPath = ()
    for path in shown:
        lines += [
            ("  " * depth + f"{path[depth]}:", "")
            for depth in range(len(path) - 1)
            if path[: depth + 1] != group[: depth + 1]
        ]
        group = path[:-1]
        name = "(value)" if path[-1] == VALUE_KEY else path[-1]
        lines.append(("  " * len(group) + f"{name}: {_inline(values[path])}", _source(settings, used, path)))
    width = min(max((len(text) for text, _ in lines), default=0), WIDEST)
    return "\n".join(
        f"{text.ljust(width)}  {styled(f'# {source}', 'dim')}" if source else text for text, source in lines
    )


def _defaults(settings: Settings) -> Iterator[tuple[KeyPath, Any]]:
    """Arguments of components that were chosen but not built, as their source spells the defaults."""
    for place, kind in NODE_KINDS.items():
        node = settings.node(place) or {}
        if isinstance(node.get("_type"), str):
            for one in catalog.find(kind, node["_type"]).parameters:
                if one.name in GLOBAL_ARGS and settings.has(one.name):
                    yield (*split(place), one.name), settings.get(one.name)
                elif one.default is not None and one.name not in LOCAL_ARGS:
                    yield (*split(place), one.name), _evaluated(one.default)


def _evaluated(source: str) -> Any:
    try:
        return ast.literal_eval(source)
    except ValueError:
        return source


def _source(settings: Settings, used: dict[str, Any], path: KeyPath) -> str:
    source = settings.merged.source(path)
    if source != "default":
        return source + (", not in use" if _is_idle(used, path) else "")
    if path[-1] in GLOBAL_ARGS and settings.has(path[-1]):
        return settings.source(path[-1])
    return "inferred" if _has_no_default(used, path) else "default"


def _is_idle(used: dict[str, Any], path: KeyPath) -> bool:
    """Whether the key lies in the node of a component that was built and has no such argument."""
    try:
        node = get_path(used, path[:-1])
    except KeyError:
        return False
    return "_type" in node and path[-1] not in node and not path[-1].startswith("_")


def _has_no_default(used: dict[str, Any], path: KeyPath) -> bool:
    """Whether the value is an argument that its component leaves to others to give."""
    try:
        node = get_path(used, path[:-1])
    except KeyError:
        return False
    kind = (
        NODE_KINDS.get(".".join(path[:-1])) or (component_of(path[-2], node) or ("",))[0] if path[:-1] else ""
    )
    if not kind or "_type" not in node:
        return False
    parameters = catalog.find(kind, node["_type"].rpartition("/")[2]).parameters
    return any(one.name == path[-1] and one.default is None for one in parameters)


def _inline(value: Any) -> str:
    text = yaml.safe_dump(to_plain(value), default_flow_style=True, allow_unicode=True, width=10_000)
    return str(text).removesuffix("\n...\n").strip()

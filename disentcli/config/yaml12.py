"""Scalars and files as YAML 1.2's core schema reads them: `1e-3` is a number, `no` and `4:00` are strings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ..errors import CallError

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CoreLoader(_Base):
    """A safe loader whose plain scalars follow YAML 1.2 (section 10.3.2); a key given twice is refused."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's own way: a fresh table a class

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {twice!r} is there twice", node.start_mark
            )
        return super().construct_mapping(node, deep=deep)


def _integer(loader: CoreLoader, node: yaml.ScalarNode) -> int:
    text = node.value
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _real(loader: CoreLoader, node: yaml.ScalarNode) -> float:
    return float(node.value.lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        list("-+0123456789."),
    ),
}
for _kind, (_pattern, _first) in _SCALARS.items():
    CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(rf"^(?:{_pattern})$"), _first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", _integer)
CoreLoader.add_constructor("tag:yaml.org,2002:float", _real)


def parse(text: str) -> Any:
    """The value of one YAML document; text that is no YAML at all is a string."""
    try:
        return yaml.load(str(text), CoreLoader)
    except yaml.YAMLError:
        return text


def read(path: Path, shown: str = "") -> dict[str, Any]:
    """The mapping that a YAML file holds; raises CallError with the file (as `shown`) and the line."""
    shown = shown or str(path)
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), CoreLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise CallError(f"{shown}{line}: {error.problem or error.context}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CallError(f"{shown} is not a YAML text: {error}") from error
    if loaded is not None and not isinstance(loaded, dict):
        raise CallError(f"{shown}: expected `key: value` lines, got {type(loaded).__name__}")
    return loaded or {}

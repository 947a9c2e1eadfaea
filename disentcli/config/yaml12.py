"""Scalars and files as YAML 1.2's core schema reads them: `1e-3` is a number, `no` and `4:00` are strings.

A file may be a stranger's: what it holds is bounded before anything is built of it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ..errors import CallError

MOST_BYTES = 4_000_000  # of a file
MOST_VALUES = 200_000  # of a document, those of aliases counted each time
DEEPEST = 40  # lists and mappings inside each other
LONGEST_NUMBER = 400  # digits

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class CoreLoader(_Base):
    """A safe loader whose plain scalars follow YAML 1.2 (section 10.3.2); a key given twice is refused."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's own way: a fresh table a class

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        known = set[str]()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in known:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} is there twice", node.start_mark
                    )
                known.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _integer(loader: CoreLoader, node: yaml.ScalarNode) -> int:
    text = node.value
    if len(text) > LONGEST_NUMBER:
        raise yaml.constructor.ConstructorError(
            None, None, f"a number of {len(text):,} digits; {LONGEST_NUMBER} are the most", node.start_mark
        )
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
        return load(str(text))
    except yaml.YAMLError:
        return text


def load(text: str | bytes) -> Any:
    """The value of one YAML document, which may be anybody's.

    Raises:
        yaml.YAMLError: it is no YAML, or too large, too deep, or expands to too much.
    """
    if len(text) > MOST_BYTES:
        raise yaml.YAMLError(f"it has {len(text):,} bytes; {MOST_BYTES:,} are the most")
    _check_size(text)
    return yaml.load(text, CoreLoader)  # noqa: S506 - it is a SafeLoader


def _check_size(text: str | bytes) -> None:
    """Count values and depth from the parser's events, which are made without recursion."""
    sizes = dict[str, int]()  # of what an anchor names, once it is complete
    open_nodes: list[tuple[str | None, int]] = []  # anchor of each, and the count where it began
    count = 0
    for event in yaml.parse(text, CoreLoader):
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_nodes):
                raise _too_large(f"*{event.anchor} stands inside of &{event.anchor}", event)
            count += sizes.get(str(event.anchor), 0)
        elif isinstance(event, yaml.NodeEvent):
            count += 1
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event.anchor, count))
            elif event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, begun = open_nodes.pop()
            if anchor:
                sizes[anchor] = count - begun + 1
        if len(open_nodes) > DEEPEST:
            raise _too_large(f"more than {DEEPEST} lists and mappings inside each other", event)
        if count > MOST_VALUES:
            raise _too_large(f"more than {MOST_VALUES:,} values, those of aliases counted", event)


def _too_large(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def read(path: Path, shown: str = "") -> dict[str, Any]:
    """The mapping that a YAML file holds; raises CallError with the file (as `shown`) and the line."""
    shown = shown or str(path)
    try:
        if not path.is_file():
            raise CallError(f"{shown} is no file that can be read as a config")
        loaded = load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CallError(f"{shown} cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise CallError(f"{shown}{line}: {error.problem or error.context}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CallError(f"{shown} is not a YAML text: {error}") from error
    if loaded is not None and not isinstance(loaded, dict):
        raise CallError(f"{shown}: expected `key: value` lines, got {type(loaded).__name__}")
    return loaded or {}

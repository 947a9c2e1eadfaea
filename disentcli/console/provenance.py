"""The resolved config as `fig show` prints it: each value with the file, or the default, that it comes from."""

from __future__ import annotations

from typing import Any

import yaml

from ..coercion import Typed, plain
from .screen import styled
from .settings import Settings
from .stacking import BARE, KeyPath, leaves


def report(settings: Settings) -> str:
    """The config as YAML, every line with its source as a comment."""
    values: dict[KeyPath, Any] = dict(leaves(settings.used()))
    values |= {path: value for path, value in leaves(settings.values) if path not in values}
    rows = [(path, value) for path, value in values.items() if not path[0].startswith("_")]
    rows.sort(key=lambda row: (len(row[0]) > 1, row[0][:-1], row[0][-1] != "_type"))
    lines: list[tuple[str, str]] = []
    open_groups: KeyPath = ()
    for path, value in rows:
        for depth, group in enumerate(path[:-1]):
            if path[: depth + 1] != open_groups[: depth + 1]:
                lines.append(("  " * depth + f"{group}:", ""))
        open_groups = path[:-1]
        key = "=" if path[-1] == BARE else path[-1]
        lines.append(("  " * (len(path) - 1) + f"{key}: {_inline(value)}", _source(settings, path)))
    width = min(max((len(text) for text, _ in lines), default=0), 60)
    return "\n".join(
        text.ljust(width) + "  " + styled(f"# {source}", "dim") if source else text for text, source in lines
    )


def _source(settings: Settings, path: KeyPath) -> str:
    source = settings.source(path)
    if source == "default" and path[-1] in settings.inferred:
        return "inferred"
    return source


def _inline(value: Any) -> str:
    value = plain(value) if isinstance(value, Typed) else value
    return (
        yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000)
        .removesuffix("\n...\n")
        .strip()
    )

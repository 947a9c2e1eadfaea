"""`fig list`: what exists."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import CallError
from ..registry import KINDS, catalog, script
from ..suggestions import unknown

if TYPE_CHECKING:
    from ..config.settings import Settings

SETTINGS = ("saveroot", "dataroot")
TAKES = "components|configs|datasets|figures|methods|metrics|runs"
NODES = ()

PLURALS = {"datasets": "dataset", "figures": "figure", "methods": "method", "metrics": "metric"}
TOPICS = ("components", "configs", *PLURALS, "runs")


@script("list")
def list_all(settings: Settings) -> int:
    """Lists components, configs, datasets, figures, methods, metrics or runs: fig list [what] [pattern]."""
    from ..console import terminal

    topic, pattern = _asked(settings.words)
    saveroot, dataroot = settings.get("saveroot"), settings.get("dataroot")
    card = _dataset(settings, pattern, dataroot) if topic == "datasets" and pattern else ""
    if card:
        text = card
    elif topic == "configs":
        text = _configs(settings, pattern)
    elif topic == "runs":
        text = _runs(saveroot, pattern)
    elif topic == "methods":
        text = _methods(settings, pattern)
    elif topic:
        text = _components(PLURALS.get(topic), pattern)
    else:
        text = _overview(settings, saveroot)
    terminal.echo(text or f"no {topic} fit {pattern!r}")
    return 0


def _asked(words: list[str]) -> tuple[str, str]:
    if len(words) > 2:
        raise CallError(
            f"fig list takes what to list and one pattern, got {len(words)} words: {' '.join(words)}"
        )
    topic, pattern = [*words, "", ""][:2]
    if topic and topic not in TOPICS:
        raise CallError(unknown("topic", topic, TOPICS))
    return topic, pattern


def _fits(pattern: str) -> Callable[[str], bool]:
    """A shell's pattern, or a part of the name."""
    from ..runs.run_index import is_pattern

    wanted = pattern if is_pattern(pattern) else f"*{pattern}*"
    return lambda name: fnmatchcase(name, wanted)


def _overview(settings: Settings, saveroot: Path) -> str:
    from ..console.help import section
    from ..runs.run_index import newest_first

    kinds = [(name, f"{len(catalog.entries(kind))}") for name, kind in PLURALS.items()]
    parts = [entry for entry in catalog.entries() if entry.kind != "script"]
    rows = [
        ("components", f"{len(parts)} of {len({entry.kind for entry in parts})} kinds"),
        ("configs", f"{len(settings.library.paths)}" if settings.library else "0"),
        *kinds,
        ("runs", f"{len(newest_first(saveroot))} in {saveroot}"),
    ]
    return section("fig list <what> [pattern]", rows)


def _configs(settings: Settings, pattern: str) -> str:
    from ..console.help import configs

    return configs(settings.library, _fits(pattern)) if settings.library else ""


def _methods(settings: Settings, pattern: str) -> str:
    """The card of the one config of this name; else the table, the classes and the published systems."""
    from ..console.help import configs
    from ..tables.method_cards import HEAD, cards, page
    from ..tables.table import plain_table

    library, fits = settings.library, _fits(pattern)
    if library is None:
        return _components("method", pattern)
    for name in (pattern, f"m/{pattern}"):
        if name in library.paths and name.startswith("m/"):
            return page(library, name)
    rows = [one.row for one in cards(library) if fits(one.config)]
    published = configs(library, lambda name: name.startswith("paper/") and fits(name))
    table = plain_table([HEAD, *rows], left=len(HEAD)) if rows else ""
    return "\n\n".join(filter(None, [table, _components("method", pattern), published]))


def _components(kind: str | None, pattern: str) -> str:
    from ..console.help import section

    fits = _fits(pattern)
    parts = []
    for one in [kind] if kind else [known for known in KINDS if known != "script"]:
        rows = [row for entry in catalog.entries(one) if fits(entry.name) for row in _described(entry)]
        parts.append(section(one, rows))
    return "\n\n".join(filter(None, parts))


def _described(entry: catalog.Entry) -> list[tuple[str, str]]:
    """Name and summary, and below them the arguments with their defaults."""
    arguments = [one.name if one.default is None else f"{one.name}={one.default}" for one in entry.parameters]
    return [(entry.name, entry.summary), *([("", f"({', '.join(arguments)})")] if arguments else [])]


def _dataset(settings: Settings, name: str, dataroot: Path) -> str:
    """What there is to say of the one dataset of this name, or of this config; else nothing."""
    from ..tables.dataset_info_page import dataset_node, describe, find_info

    library = settings.library
    configs = [one for one in (name, f"d/{name}") if library and one in library.paths]
    if library and configs:
        return describe(configs[0], find_info(dataset_node(library, configs[0]), dataroot), dataroot)
    if name in {entry.name for entry in catalog.entries("dataset")}:
        return describe(name, find_info({"_type": name}, dataroot), dataroot)
    return ""


def _runs(saveroot: Path, pattern: str) -> str:
    from ..data.resources import format_bytes
    from ..runs.run_index import list_runs
    from ..tables.table import plain_table

    runs = list_runs(saveroot, pattern or "*")
    if not runs:
        return "" if pattern else f"no runs in {saveroot} yet: `fig train …` makes one"
    rows = [("run", "status", "step", "size", "results")]
    rows += [
        (
            one.name,
            one.status,
            f"{one.step}/{one.budget}",
            format_bytes(one.size, exact=False),
            ", ".join(one.results),
        )
        for one in runs
    ]
    return plain_table(rows, left=len(rows[0]))

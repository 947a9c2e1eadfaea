"""What `fig list` prints of components, configs, methods, metrics, datasets and runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ..config.config_store import ConfigStore
from ..console.help import configs, section
from ..data.resources import format_bytes
from ..registry import KINDS, catalog
from ..runs.run_index import is_pattern, list_runs, newest_first
from .cards import component_card, config_card, metric_uses, run_card
from .dataset_info_page import DATASET_HEAD, dataset_cells, dataset_node, describe, find_info, with_category
from .method_table import HEAD, page, summarize_methods
from .table import plain_table

PACKAGE = __name__.partition(".")[0]
#: the topics that are a kind of component each
KINDS_BY_TOPIC = {"datasets": "dataset", "figures": "figure", "methods": "method", "metrics": "metric"}


def _fits(pattern: str) -> Callable[[str], bool]:
    """A shell's pattern, or a part of the name."""
    wanted = pattern if is_pattern(pattern) else f"*{pattern}*"
    return lambda name: fnmatchcase(name, wanted)


def overview(library: ConfigStore | None, saveroot: Path) -> str:
    """How many there are of each topic."""
    kinds = [(name, f"{len(catalog.entries(kind))}") for name, kind in KINDS_BY_TOPIC.items()]
    parts = [entry for entry in catalog.entries() if entry.kind != "script"]
    rows = [
        ("components", f"{len(parts)} of {len({entry.kind for entry in parts})} kinds"),
        ("configs", f"{len(library.paths)}" if library else "0"),
        *kinds,
        ("runs", f"{len(newest_first(saveroot))} in {saveroot}"),
    ]
    return section("fig list <what> [pattern]", rows)


def config_list(library: ConfigStore | None, pattern: str) -> str:
    """The card of the config of this name, if there is one, and the configs that fit, by group."""
    if library is None:
        return ""
    fits, exact = _fits(pattern), pattern in library.paths
    card = config_card(library, pattern) if exact else ""
    return "\n\n".join(filter(None, [card, configs(library, lambda name: fits(name) and name != pattern)]))


def method_list(library: ConfigStore | None, pattern: str) -> str:
    """The page of the one config of this name; else the table, the classes and the published systems."""
    fits = _fits(pattern)
    if library is None:
        return component_list("method", pattern)
    for name in (pattern, f"m/{pattern}"):
        if name in library.paths and name.startswith("m/"):
            return page(library, name)
    rows = [one.row for one in summarize_methods(library) if fits(one.config)]
    published = configs(library, lambda name: name.startswith("paper/") and fits(name))
    table = plain_table([HEAD, *rows], left=len(HEAD)) if rows else ""
    return "\n\n".join(filter(None, [table, component_list("method", pattern), published]))


def component_list(kind: str | None, pattern: str) -> str:
    """The cards of those of this name; else the components of a kind, or of all, that fit, with arguments."""
    fits = _fits(pattern)
    exact = [one for one in catalog.entries(kind) if one.name == pattern and one.kind != "script"]
    if exact:
        return "\n\n".join(component_card(one.kind, one.name) for one in exact)
    parts = []
    for one in [kind] if kind else [known for known in KINDS if known != "script"]:
        rows = [row for entry in catalog.entries(one) if fits(entry.name) for row in _described(entry)]
        parts.append(section(one, rows))
    return "\n\n".join(filter(None, parts))


def _described(entry: catalog.Entry) -> list[tuple[str, str]]:
    """Name and summary, and below them the arguments with their defaults."""
    arguments = [one.name if one.default is None else f"{one.name}={one.default}" for one in entry.parameters]
    return [(entry.name, entry.summary), *([("", f"({', '.join(arguments)})")] if arguments else [])]


def metric_list(library: ConfigStore | None, pattern: str) -> str:
    """The metrics that fit; of the one of this name all, and which configs compute it."""
    exact = any(entry.name == pattern for entry in catalog.entries("metric"))
    uses = metric_uses(pattern, library) if exact and library else ""
    return "\n\n".join(filter(None, [component_list("metric", pattern), uses]))


def dataset_list(library: ConfigStore | None, pattern: str, dataroot: Path) -> str:
    """A row for each config of data that fits: images, factors, and where they come from."""
    if library is None:
        return component_list("dataset", pattern)
    fits = _fits(pattern)
    names = [name for names in library.groups().values() for name in names if name.startswith("d/")]
    rows = [(name, *dataset_cells(library, name, dataroot)) for name in names if fits(name)]
    others = [
        (entry.name, "", "", f"no config: --dataset._type {entry.name}")
        for entry in catalog.entries("dataset")
        if entry.module.partition(".")[0] != PACKAGE and fits(entry.name)
    ]
    return plain_table([DATASET_HEAD, *rows, *others], left=len(DATASET_HEAD)) if rows or others else ""


def dataset_page(library: ConfigStore | None, name: str, dataroot: Path, category: str | None) -> str:
    """What there is to say of the one dataset of this name, or of this config; else nothing."""
    node: Mapping[str, Any] = {"_type": name}
    named = [one for one in (name, f"d/{name}") if library and one in library.paths]
    if library and named:
        name, node = named[0], dataset_node(library, named[0])
    elif name not in {entry.name for entry in catalog.entries("dataset")}:
        return ""
    return describe(name, find_info(with_category(node, category), dataroot), dataroot)


def run_list(saveroot: Path, pattern: str) -> str:
    """A row for each run that fits, the newest first."""
    runs = list_runs(saveroot, pattern or "*")
    for one in runs:
        if one.name == pattern and one.status != "damaged":
            return run_card(one)
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

"""The source files that may hold components, and what each holds; unchanged files come from a cache."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zlib import crc32

from ..atomic_io import read_json, write_atomic
from ..errors import CallError, DisentError
from . import source_parser
from .source_parser import Entry, Parameter, ScriptDeclaration, parse
from .version import __version__


def scan(modules: Iterable[str]) -> list[Entry]:
    """Everything registered in these modules and packages, in the order of their files."""
    cache = _Cache()
    found = [
        entry for module in modules for name, path in files_of(module) for entry in cache.entries(name, path)
    ]
    cache.save()
    return found


def files_of(module: str) -> list[tuple[str, Path]]:
    """The source files of a module or package with their module names, without importing any."""
    spec = _spec(module)
    if spec is None:
        raise CallError(
            f"there is no module {module!r} beside the project file or among the installed packages; "
            "correct its name in .omnifig.yml or after --module"
        )
    roots = [Path(place) for place in spec.submodule_search_locations or ()]
    if not roots:
        return [(module, Path(spec.origin))] if spec.origin and spec.origin.endswith(".py") else []
    return [
        (".".join((module, *_parts(path))), root / path)
        for root in roots
        for path in files_below(root, ".py")
    ]


def files_below(folder: Path, *suffixes: str) -> list[str]:
    """The files with one of these suffixes in a folder and its subfolders, relative to it, sorted.

    `os.walk`, because every command looks: `Path.rglob` takes four times as long.
    """
    skipped = len(str(folder)) + 1
    found = [
        f"{place[skipped:]}/{name}" if place[skipped:] else name
        for place, _, names in os.walk(folder)
        for name in names
        if name.endswith(suffixes)
    ]
    return sorted(found, key=lambda path: path.split("/"))


def _parts(path: str) -> Sequence[str]:
    parts = path.removesuffix(".py").split("/")
    return parts[:-1] if parts[-1] == "__init__" else parts


def _spec(module: str) -> ModuleSpec | None:
    """Like importlib's find_spec, but never imports a parent package."""
    names, places, spec = module.split("."), None, None
    for count in range(1, len(names) + 1):
        spec = PathFinder.find_spec(".".join(names[:count]), places)
        if spec is None:
            break
        places = spec.submodule_search_locations
    if spec is None:
        with suppress(ImportError, ValueError):
            return find_spec(module)
    return spec


class _Cache:
    """Entries by file, kept between calls as long as the time and size of the file, and this scan, stay.

    Each installation has a file of its own: of two checkouts, none undoes what the other has kept.
    """

    def __init__(self) -> None:
        root = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
        place = str(source_parser.__file__)
        self.path = root / "disentcli" / f"catalog-{crc32(place.encode()):08x}.json"
        parser = os.stat(place).st_mtime_ns
        self.rules = [__version__, parser, *(one.name for one in fields(Entry))]
        self.changed = False
        self.known: dict[str, Any] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            loaded = read_json(self.path)
            self.known = loaded["files"] if loaded["rules"] == self.rules else {}

    def entries(self, module: str, path: Path) -> list[Entry]:
        state = path.stat()
        stamp = [module, state.st_mtime_ns, state.st_size]
        known = self.known.get(str(path))
        if known is None or known["stamp"] != stamp:
            self.changed = True
            found = [_as_json(entry) for entry in parse(module, path)]
            known = self.known[str(path)] = {"stamp": stamp, "entries": found}
        return [_from_json(data) for data in known["entries"]]

    def save(self) -> None:
        """Best effort: without a writable cache folder every call scans anew, which takes a moment longer."""
        if self.changed and self.path.is_absolute():
            present = {path: known for path, known in self.known.items() if Path(path).exists()}
            with suppress(OSError, DisentError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(self.path, json.dumps({"rules": self.rules, "files": present}))


def _as_json(entry: Entry) -> dict[str, Any]:
    parameters = [[one.name, one.annotation, one.default] for one in entry.parameters]
    return {**vars(entry), "parameters": parameters, "script": vars(entry.script)}


def _from_json(data: dict[str, Any]) -> Entry:
    parameters = tuple(Parameter(*one) for one in data["parameters"])
    script = dict(data["script"])
    script["settings"] = tuple(one if isinstance(one, str) else tuple(one) for one in script["settings"])
    script["nodes"] = None if script["nodes"] is None else tuple(script["nodes"])
    script["needs"] = tuple(script["needs"])
    return Entry(**{**data, "parameters": parameters, "script": ScriptDeclaration(**script)})

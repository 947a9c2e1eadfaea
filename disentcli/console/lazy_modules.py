"""Users' modules that need not be imported yet: omnifig gets an empty placeholder while it loads the project.

A module of methods imports torch, and omnifig imports every module of the project file on every call. The
catalog reads components from the source, so such a module is imported when one of its components is first
used. One that uses omnifig's own decorators is imported at once: only running it registers what it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any


class DeferredModules(MetaPathFinder, Loader):
    """An import hook, in place only while the project is being loaded."""

    current: DeferredModules

    def __init__(self, names: Sequence[str]) -> None:
        self.names = set(names)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        found = PathFinder.find_spec(name, path) if name in self.names else None
        source = None if found is None else _source(found)
        if source is None or (source.is_file() and "omnifig" in source.read_text(errors="replace")):
            return None
        spec = ModuleSpec(name, self, origin=str(source))
        spec.has_location = True
        return spec

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own empty module will do."""

    def exec_module(self, module: ModuleType) -> None:
        """Nothing runs: the placeholder only knows where its source is."""

    def made(self, module: ModuleType) -> bool:
        """Whether the module is one of these placeholders."""
        return getattr(module.__spec__, "loader", None) is self


def _source(spec: ModuleSpec) -> Path | None:
    """The file that importing runs; for a folder without an `__init__.py`, where that would lie."""
    if spec.origin:
        return Path(spec.origin)
    places = list(spec.submodule_search_locations or ())
    return Path(places[0]) / "__init__.py" if places else None

"""What components exist, read from the source without importing it; a module is imported when first used."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib import import_module
from typing import Any

from .. import registry
from ..errors import CallError, DisentError
from ..suggestions import nearest, unknown
from .discovery import scan
from .source_parser import Entry, Parameter

#: where a name that is like none may be meant to come from
OWN = "one of your own is found by --module MODULE, or by the line `module:` of .omnifig.yml"

_modules: list[str] = []


def include(module: str) -> None:
    """Let the components of a user's own module (or package) be found too."""
    if module not in _modules:
        _modules.append(module)
        _table.cache_clear()


def included() -> tuple[str, ...]:
    """The users' modules that are searched besides disentcli."""
    return tuple(_modules)


def entries(kind: str | None = None) -> list[Entry]:
    """All components and scripts, or those of one kind, by name."""
    found = [entry for entry in _table().values() if kind in (None, entry.kind)]
    known = {(entry.kind, entry.name) for entry in found}
    live = [(of, name) for of in _kinds(kind) for name in registry.registered(of) if (of, name) not in known]
    return sorted([*found, *(_describe(*one) for one in live)], key=lambda entry: (entry.kind, entry.name))


def list_components(kind: str, pattern: str = "*") -> list[str]:
    """The names of the components of a kind that fit a shell's pattern.

    >>> list_components("latent", "*quantized")
    ['global-quantized', 'quantized', 'vector-quantized']

    Raises:
        CallError: there is no such kind.
    """
    if kind not in registry.KINDS:
        raise CallError(unknown("kind", kind, registry.KINDS))
    return [entry.name for entry in entries(kind) if fnmatchcase(entry.name, pattern)]


def find(kind: str, name: str) -> Entry:
    """The component of this kind and name; raises CallError with the nearest names."""
    plain = name.replace("-", "_")
    known = entries(kind)
    for entry in known:
        if entry.name.replace("-", "_") == plain:
            return entry
    names = [entry.name for entry in known]
    raise CallError(unknown(kind, name, names, more="" if nearest(name, names) else OWN))


def resolve(kind: str, name: str) -> Callable[..., Any]:
    """The component itself: imports its module if that has not happened yet."""
    entry = find(kind, name)
    if entry.name not in registry.registered(kind):
        import_module(entry.module)
    try:
        return registry.registered(kind)[entry.name]
    except KeyError:
        raise DisentError(
            f"{entry.module} was imported but did not register the {kind} {entry.name!r}"
        ) from None


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, str], Entry]:
    table: dict[tuple[str, str], Entry] = {}
    for entry in scan(("disentcli", *_modules)):
        known = table.setdefault((entry.kind, entry.name), entry)
        if known is not entry:
            raise CallError(
                f"the {entry.kind} {entry.name!r} is registered twice: {known.module}.{known.qualname} "
                f"and {entry.module}.{entry.qualname}; rename one of them"
            )
    return table


def _kinds(kind: str | None) -> Iterable[str]:
    return registry.KINDS if kind is None else (kind,)


def _describe(kind: str, name: str) -> Entry:
    """The entry of something registered outside of any scanned module, in a notebook for instance."""
    target = registry.registered(kind)[name]
    parameters = tuple(
        Parameter(one.name, str(one.annotation), None if one.default is one.empty else repr(one.default))
        for one in inspect.signature(target).parameters.values()
    )
    summary = (inspect.getdoc(target) or "").partition("\n")[0]
    return Entry(kind, name, target.__module__, target.__qualname__, parameters, summary)

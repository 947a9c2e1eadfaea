"""Configs that a call names in vain: all that they set is overridden, or no component in use reads it."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import CallError
from .screen import warn
from .stacking import BARE, KeyPath, Sheet, Stack, dashed, leaves, reach
from .usage import Usage


def check_effect(name: str, lineage: Iterable[Sheet], stack: Stack, usage: Usage) -> None:
    """Raise CallError for a config of whose values, and those of its bases, nothing in the call reads any.

    Where others override all of them, as in a sweep over a base, that is only said.
    """
    own = [(path, sheet.source) for sheet in lineage for path, _ in leaves(sheet) if path[0][0] != "_"]
    standing = [path for path, source in own if stack.origins.get(path) == source]
    if any(usage.was_read(_named(path)) for path in standing):
        return
    if standing:
        unread = " and ".join(_unread(path, stack) for path in standing)
        raise CallError(f"{name} has no effect: {unread}; leave it out, or choose other parts")
    above = ", ".join(sorted({stack.origins[path] for path, _ in own if path in stack.origins}))
    if above:
        warn(f"{name} has no effect: {above} wins over it; put it further left, or leave it out")


def _named(path: KeyPath) -> KeyPath:
    """The key as one writes it."""
    return path[:-1] if path[-1] == BARE else path


def _unread(path: KeyPath, stack: Stack) -> str:
    """`the encoder dislib has no residual`."""
    try:
        component = reach(stack.values, (*path[:-1], "_type"))
    except KeyError:
        return f"nothing reads {dashed(_named(path))}"
    return f"the {path[-2]} {component} has no {dashed(path[-1:])}"

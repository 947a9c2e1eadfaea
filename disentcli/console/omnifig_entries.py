"""Entries in omnifig's registry that import what they stand for when they are first called."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..config.call_check import check_call
from ..config.instantiate import build
from ..config.nodes import component_of
from ..config.root_settings import GLOBAL_ARGS
from ..config.settings import Settings
from ..registry import catalog
from ..registry.catalog import Entry
from .without_project import folder_of


def register_lazy_entries(project: Any) -> None:
    """Every script under its name; every component as `kind/name`, and its bare name if free."""
    bare: dict[str, list[str]] = {}
    for entry in catalog.entries():
        if entry.kind == "script":
            project.register_script(entry.name, _script(entry), description=entry.summary)
        else:
            bare.setdefault(entry.name, []).append(entry.kind)
            project.register_component(f"{entry.kind}/{entry.name}", _component(entry.name, [entry.kind]))
    theirs = {entry.name for entry in project.iterate_components()}
    for name, kinds in bare.items():
        if name not in theirs:
            project.register_component(name, _component(name, kinds))


def include(project: Any, module: str) -> None:
    """Add what a module named on the command line holds; it may lie in the current folder."""
    if str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    catalog.include(module)
    register_lazy_entries(project)


def _script(entry: Entry) -> Callable[[Any], int]:
    def run(config: Any) -> int:
        call = getattr(config, "call", None)
        settings = _settings(config, entry)
        check_call(settings)
        returned = catalog.resolve("script", entry.name)(settings)
        code = returned if isinstance(returned, int) else 0
        if call is not None:
            _exit_with(code)
        return code

    run.__name__, run.__doc__ = entry.name, entry.summary
    return run


def _settings(config: Any, entry: Entry) -> Settings:
    """The settings of a call from omnifig's config, which holds what was merged and typed."""
    call = getattr(config, "call", None)
    takes_names = entry.script.takes != "configs"
    positionals = call.positionals if call else []
    return Settings(
        config.merged,
        script=entry.name,
        configs=() if takes_names else positionals,
        words=positionals if takes_names else (),
        argv=call.argv if call else (),
        root=folder_of(config.project),
        library=config.project.config_manager.library,
    )


def _exit_with(code: int) -> None:
    """What a script returns is the exit code of the process."""
    sys.stdout.flush()
    if code:
        raise SystemExit(code)


def _component(name: str, kinds: list[str]) -> Callable[[Any], Any]:
    """For `config.pull(…)` in users' own omnifig scripts: builds the component from the config's node."""

    def fill(config: Any) -> Any:
        node = _as_dict(config)
        described = component_of(str(config._parent_key), node)
        kind = described[0] if described and described[0] in kinds else kinds[0]
        root = config
        while root.parent is not None:
            root = root.parent
        reaching = {key: root.pull(key, silent=True) for key in GLOBAL_ARGS if key in root}
        try:
            return build(kind, node, where=str(config._parent_key), inferred=reaching, unknown="ignore")[0]
        except BaseException:
            type(root).DefaultCreator._creation_context = None  # else the next pull reports a cycle
            raise

    fill.__name__ = name
    return fill


def _as_dict(node: Any) -> Any:
    """An omnifig node as plain data."""
    if node.has_payload:
        return node.payload
    children = [(str(key), _as_dict(child)) for key, child in node.named_children()]
    return [value for _, value in children] if isinstance(node, node.DenseNode) else dict(children)

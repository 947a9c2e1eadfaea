"""Imports point one way: scripts → console, analysis, training → runs, metrics, methods → … → registry."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import disentcli

PACKAGE = Path(disentcli.__file__).parent

LAYERS = (
    ("errors", "registry", "atomic", "core_yaml", "nearest", "coercion", "arguments", "devices"),
    ("root_settings", "scan", "catalog", "build"),
    ("data", "nets", "latents"),
    ("methods", "metrics"),
    ("runs",),
    ("training", "analysis"),
    ("console", "starter"),
    ("scripts",),
    ("cli", "__init__"),
)
HEIGHT = {room: height for height, layer in enumerate(LAYERS) for room in layer}
MODULES = sorted(PACKAGE.rglob("*.py"))


def rooms(path: Path) -> set[str]:
    """The rooms of the package that a module imports from, anywhere in it."""
    place = path.relative_to(PACKAGE).with_suffix("").parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            target = [*place[: len(place) - node.level], *(node.module or "").split(".")]
            names = [target[0]] if target[0] else [alias.name for alias in node.names]
            found.update(names)
    return found & HEIGHT.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_from_its_own_layer_or_below(path: Path) -> None:
    room = path.relative_to(PACKAGE).with_suffix("").parts[0]
    assert room in HEIGHT, f"say in which layer {room} lives"
    above = {one for one in rooms(path) if HEIGHT[one] > HEIGHT[room]}
    assert not above

"""Imports point one way: scripts → experiment, evaluation, report → … → registry → the root modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import disentcli

PACKAGE = Path(disentcli.__file__).parent

LAYERS = (
    ("errors", "suggestions", "atomic_io", "file_lock", "device"),
    ("config", "registry"),
    ("console",),
    ("latents", "nets", "data"),
    ("methods",),
    ("metrics", "runs"),
    ("training", "plots", "tables"),
    ("experiment", "evaluation", "report"),
    ("scripts",),
    ("cli", "__init__"),
)
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}


def imports(module: str) -> Iterator[str]:
    """The modules of the package that a module imports, anywhere in it, for types too."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*parents, *((node.module or "").split(".") if node.module else [])])
            for alias in node.names:
                found = f"{base}.{alias.name}" if f"{base}.{alias.name}" in MODULES else base
                if found != module:
                    yield found


GRAPH = {module: set(imports(module)) for module in MODULES}


def layer(module: str) -> str:
    """The folder or root module that a module belongs to."""
    return [*module.split("."), "__init__"][1]


def test_every_folder_has_a_layer() -> None:
    assert {layer(module) for module in MODULES} == HEIGHT.keys()


def test_modules_import_from_their_own_layer_or_below() -> None:
    above = [
        f"{module} imports {name}"
        for module, names in GRAPH.items()
        for name in names
        if HEIGHT[layer(name)] > HEIGHT[layer(module)]
    ]
    assert above == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(GRAPH) == []


def test_the_search_for_a_circle_finds_one() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == ["b", "c"]


def circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules on the circles of a graph, and between them; none if there is no way back anywhere."""
    left = set(graph)
    while True:
        imported = {target for name in left for target in graph[name]}
        kept = {name for name in left & imported if graph[name] & left}
        if kept == left:
            return sorted(left)
        left = kept

"""What a reader of the package may rely on: its layout, unique class names, docstrings."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import disentcli

PACKAGE = Path(disentcli.__file__).parent
ROOT = {"__init__", "cli", "errors", "suggestions", "atomic_io", "file_lock", "device"}
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}
SCRIPTS = sorted(name for name in SOURCES if name.startswith("scripts/") and name != "scripts/__init__.py")

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definitions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Classes, functions and methods by name, outermost first; not what functions define inside."""
    for node in body:
        if isinstance(node, Definition):
            yield prefix + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from definitions(node.body, f"{prefix}{node.name}.")


def decorators(node: Definition) -> set[str]:
    """The names of its decorators, without arguments and modules."""
    names = (one.func if isinstance(one, ast.Call) else one for one in node.decorator_list)
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in names}


def test_only_the_named_modules_are_at_the_root() -> None:
    assert {Path(name).stem for name in SOURCES if "/" not in name} <= ROOT


def test_every_module_of_scripts_is_a_script() -> None:
    scripts = [
        name
        for name in SCRIPTS
        if any("script" in decorators(node) for _, node in definitions(SOURCES[name].body))
    ]
    assert scripts == SCRIPTS


def test_no_class_name_stands_twice() -> None:
    places = defaultdict(list)
    for name, tree in SOURCES.items():
        for title, node in definitions(tree.body):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{name}:{title}")
    assert {title: found for title, found in places.items() if len(found) > 1} == {}


DOCUMENTED_METHODS = {  # by a class of the package, or by one of PyTorch, Python or PyYAML
    node.name
    for tree in SOURCES.values()
    for title, node in definitions(tree.body)
    if "." in title and ast.get_docstring(node)
} | {"forward", "find_spec", "construct_mapping", "setup_context"}


def test_modules_classes_and_public_functions_are_documented() -> None:
    found = [name for name, tree in SOURCES.items() if not ast.get_docstring(tree)]
    for name, tree in SOURCES.items():
        for title, node in definitions(tree.body):
            private = any(part.startswith("_") for part in title.split("."))
            inherited = "." in title and node.name in DOCUMENTED_METHODS
            if not private and not inherited and not ast.get_docstring(node):
                found.append(f"{name}: {title}")
    assert found == []

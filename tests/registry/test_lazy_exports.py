"""What a package exports lazily: its table, its imports for type checkers, and its modules agree."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import disentcli

ROOT = Path(disentcli.__file__).parent
PACKAGES = [
    f"disentcli.{path.parent.name}".removesuffix(".disentcli")
    for path in sorted(ROOT.rglob("__init__.py"))
    if "attach(" in path.read_text(encoding="utf-8")
]


def statements(package: str) -> list[ast.stmt]:
    return ast.parse(inspect.getsource(import_module(package))).body


def table(package: str) -> dict[str, str]:
    """The names and modules given to `attach`."""
    calls = [
        node.value
        for node in statements(package)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    ]
    return ast.literal_eval(calls[-1].args[1])


def typed(package: str) -> dict[str, str]:
    """The names and modules that a type checker sees."""
    found = {}
    for block in statements(package):
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for line in block.body:
                assert isinstance(line, ast.ImportFrom), ast.unparse(line)
                assert line.level == 1, ast.unparse(line)
                for alias in line.names:
                    assert alias.asname == alias.name, f"{alias.name} is not marked as exported"
                    found[alias.name] = line.module
    return found


def test_there_are_packages_to_look_at() -> None:
    assert {"disentcli.latents", "disentcli.methods", "disentcli.nets"} <= set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_and_python_see_the_same_names(package: str) -> None:
    assert typed(package) == table(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_name_is_that_of_its_module(package: str) -> None:
    module = import_module(package)
    for name, place in table(package).items():
        assert getattr(module, name) is getattr(import_module(f"{package}.{place}"), name), name
    assert module.__all__ == sorted(table(package))
    assert set(module.__all__) <= set(dir(module))


@pytest.mark.parametrize("package", PACKAGES)
def test_an_unknown_name_is_an_attribute_error_of_the_package(package: str) -> None:
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'Nothing'"):
        import_module(package).Nothing  # noqa: B018


def test_importing_the_packages_does_not_import_torch() -> None:
    lines = "".join(f"import {package}\n" for package in PACKAGES)
    subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys\n{lines}assert not {{'torch', 'matplotlib'}} & sys.modules.keys()",
        ],
        check=True,
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package that exports the function `score` of its module of the same name, and one of another."""
    folder = tmp_path / "exporting"
    folder.mkdir()
    (folder / "score.py").write_text("def score():\n    return 1\n")
    (folder / "other.py").write_text("def distance():\n    return 2\n")
    (folder / "__init__.py").write_text(
        "from disentcli.registry.lazy_exports import attach\n"
        '__getattr__, __dir__, __all__ = attach(__name__, {"distance": "other", "score": "score"})\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("exporting", "exporting.other", "exporting.score"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return import_module("exporting")


def test_a_name_is_not_hidden_by_the_module_of_the_same_name(package: ModuleType) -> None:
    module = import_module("exporting.score")
    assert package.score is module.score  # type: ignore[attr-defined]
    assert package.score() == 1


def test_a_module_is_imported_when_its_name_is_first_used(package: ModuleType) -> None:
    assert "exporting.score" not in sys.modules
    assert package.score() == 1
    assert "exporting.score" in sys.modules
    assert "exporting.other" not in sys.modules

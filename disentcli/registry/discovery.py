"""Reading decorated components from source files with `ast`; unchanged files come from a cache."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import fields
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import CallError, DisentError
from . import KINDS
from .catalog import Entry, Parameter

_DECORATOR = re.compile(rf"^@(?:registry\.|disentcli\.)?(?:{'|'.join(KINDS)})\(", re.MULTILINE)
_Node = ast.FunctionDef | ast.ClassDef


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
        (".".join((module, *_parts(path.relative_to(root)))), path)
        for root in roots
        for path in sorted(root.rglob("*.py"))
    ]


def _parts(path: Path) -> Sequence[str]:
    parts = path.with_suffix("").parts
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
    """Entries by file, kept between calls as long as the time and size of the file, and this scan, stay."""

    def __init__(self) -> None:
        root = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
        self.path = root / "disentcli" / "catalog.json"
        self.rules = [__version__, os.stat(__file__).st_mtime_ns, *(field.name for field in fields(Entry))]
        self.changed = False
        self.known: dict[str, Any] = {}
        with suppress(OSError, ValueError, KeyError, TypeError):
            loaded = json.loads(self.path.read_text(encoding="utf-8"))
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
            from ..atomic_io import write_atomic

            present = {path: known for path, known in self.known.items() if Path(path).exists()}
            with suppress(OSError, DisentError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(self.path, json.dumps({"rules": self.rules, "files": present}))


def _as_json(entry: Entry) -> dict[str, Any]:
    parameters = [[one.name, one.annotation, one.default] for one in entry.parameters]
    return {**vars(entry), "parameters": parameters}


def _from_json(data: dict[str, Any]) -> Entry:
    parameters = tuple(Parameter(*one) for one in data["parameters"])
    settings = tuple(one if isinstance(one, str) else tuple(one) for one in data["settings"])
    return Entry(**{**data, "parameters": parameters, "settings": settings})


def parse(module: str, path: Path) -> list[Entry]:
    """The components that one file registers with a literal name at its top level."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not _DECORATOR.search(text):
        return []
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise CallError(
            f"{path}, line {error.lineno}: {error.msg}; the file cannot be read as Python"
        ) from error
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    settings, takes = _script_constants(tree)
    return [
        Entry(kind, name, module, node.name, _parameters(node, classes), _summary(node), settings, takes)
        if kind == "script"
        else Entry(kind, name, module, node.name, _parameters(node, classes), _summary(node))
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        for kind, name in _registrations(node)
    ]


def _registrations(node: _Node) -> Iterator[tuple[str, str]]:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call) and len(decorator.args) == 1:
            function, argument = decorator.func, decorator.args[0]
            kind = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if kind in KINDS and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield kind, argument.value


def _summary(node: _Node) -> str:
    return (ast.get_docstring(node) or "").partition("\n")[0]


def _parameters(node: _Node, classes: dict[str, ast.ClassDef]) -> tuple[Parameter, ...]:
    if isinstance(node, ast.FunctionDef):
        return _arguments(node.args)
    for inner in node.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            return _arguments(inner.args)[1:]
    inherited = [one for base in node.bases for one in _of_base(base, classes)]
    if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        return (*inherited, *_fields(node))
    return tuple(inherited)


def _of_base(base: ast.expr, classes: dict[str, ast.ClassDef]) -> tuple[Parameter, ...]:
    known = classes.get(base.id) if isinstance(base, ast.Name) else None
    return _parameters(known, classes) if known else ()


def _arguments(args: ast.arguments) -> tuple[Parameter, ...]:
    positional = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(positional) - len(args.defaults)) + list(args.defaults)
    pairs = [*zip(positional, defaults, strict=True), *zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    return tuple(
        Parameter(arg.arg, _source(arg.annotation) or "", _source(default)) for arg, default in pairs
    )


def _fields(node: ast.ClassDef) -> Iterator[Parameter]:
    for line in node.body:
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            annotation = ast.unparse(line.annotation)
            if "ClassVar" not in annotation:
                yield Parameter(line.target.id, annotation, _source(line.value))


def _source(node: ast.expr | None) -> str | None:
    return None if node is None else ast.unparse(node)


def _script_constants(tree: ast.Module) -> tuple[tuple[Any, ...], str]:
    """`SETTINGS` (names of root settings, or own ones as `Setting(key, type, default, help)`) and `TAKES`."""
    values = {
        target.id: line.value
        for line in tree.body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    }
    takes, rows = values.get("TAKES"), values.get("SETTINGS")
    settings = tuple(_setting(row) for row in rows.elts) if isinstance(rows, (ast.Tuple, ast.List)) else ()
    return settings, takes.value if isinstance(takes, ast.Constant) and isinstance(
        takes.value, str
    ) else "configs"


def _setting(row: ast.expr) -> Any:
    """A name as itself, `Setting(…)` as (key, type, default, help) in source form."""
    if isinstance(row, ast.Call):
        named = {word.arg: ast.unparse(word.value) for word in row.keywords}
        given = (
            dict(zip(("key", "type", "default", "help"), map(ast.unparse, row.args), strict=False)) | named
        )
        return tuple(given.get(one, "''") for one in ("key", "type", "default", "help"))
    return row.value if isinstance(row, ast.Constant) else ast.unparse(row)

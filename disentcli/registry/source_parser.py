"""Components as their source describes them: decorated classes and functions, read with `ast`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import CallError
from . import KINDS

_DECORATOR = re.compile(rf"^@(?:registry\.|disentcli\.)?(?:{'|'.join(KINDS)})\(", re.MULTILINE)
_Node = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Parameter:
    """An argument of a component as its source spells it; `default` is None where there is none."""

    name: str
    annotation: str = ""
    default: str | None = None

    @property
    def is_data(self) -> bool:
        """Whether the argument takes a mapping, whose keys are data and not arguments of a component."""
        return "dict" in self.annotation.lower() or "Mapping" in self.annotation


@dataclass(frozen=True)
class ScriptDeclaration:
    """What a script says of its calls, in constants of its module.

    settings: `SETTINGS`, names of root settings, or own ones in source form as (key, type, default, help).
    takes: `TAKES`, what its bare words are: "configs", or names: of "runs", of "datasets", "a|b" where these
        are all, a "training" with its configs, "nothing", or other "names".
    nodes: `NODES`, the nodes of the config that it reads; None where it does not say so, then all of them.
    needs: `NEEDS`, those of them that the configs of a call have to name a component for.
    includes: `INCLUDES`, a script whose settings it reads as well, without showing them on its help page.
    only_with, only_without: `ONLY_WITH` and `ONLY_WITHOUT`, settings that are read only where another one is
        given, or is not.
    forwards: `FORWARDS`, whether other keys are of the calls that it makes, which are checked one by one.
    """

    settings: tuple[Any, ...] = ()
    takes: str = "configs"
    nodes: tuple[str, ...] | None = None
    needs: tuple[str, ...] = ()
    includes: str = ""
    only_with: Mapping[str, Sequence[str]] = field(default_factory=dict)
    only_without: Mapping[str, Sequence[str]] = field(default_factory=dict)
    forwards: bool = False


@dataclass(frozen=True)
class Entry:
    """A registered component or script; `script` is what a script declares."""

    kind: str
    name: str
    module: str
    qualname: str
    parameters: tuple[Parameter, ...] = ()
    summary: str = ""
    script: ScriptDeclaration = field(default=ScriptDeclaration(), compare=False)


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
    return [
        Entry(
            kind,
            name,
            module,
            node.name,
            _parameters(node, classes),
            _summary(node),
            _script_declaration(tree) if kind == "script" else ScriptDeclaration(),
        )
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


def _script_declaration(tree: ast.Module) -> ScriptDeclaration:
    """What the constants of a module say of its scripts."""
    values = {
        target.id: line.value
        for line in tree.body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    }
    rows = values.get("SETTINGS")
    settings = tuple(_setting(row) for row in rows.elts) if isinstance(rows, (ast.Tuple, ast.List)) else ()
    nodes = _literal(values.get("NODES"), None)
    return ScriptDeclaration(
        settings,
        takes=str(_literal(values.get("TAKES"), "configs")),
        nodes=None if nodes is None else tuple(nodes),
        needs=tuple(_literal(values.get("NEEDS"), ())),
        includes=str(_literal(values.get("INCLUDES"), "")),
        only_with=dict(_literal(values.get("ONLY_WITH"), {})),
        only_without=dict(_literal(values.get("ONLY_WITHOUT"), {})),
        forwards=bool(_literal(values.get("FORWARDS"), False)),
    )


def _literal(node: ast.expr | None, default: Any) -> Any:
    """The value of a constant's source; the default where it is not set, or no literal."""
    try:
        return default if node is None else ast.literal_eval(node)
    except ValueError:
        return default


FIRST = ("key", "type", "default", "help")  # of the arguments of Setting


def _setting(row: ast.expr) -> Any:
    """A name as itself, `Setting(…)` as (key, type, default, help, name=value, …) in source form."""
    if isinstance(row, ast.Call):
        named = {str(word.arg): ast.unparse(word.value) for word in row.keywords}
        given = dict(zip(FIRST, map(ast.unparse, row.args), strict=False)) | named
        others = [f"{name}={value}" for name, value in given.items() if name not in FIRST]
        return (*(given.get(name, "''") for name in FIRST), *others)
    return row.value if isinstance(row, ast.Constant) else ast.unparse(row)

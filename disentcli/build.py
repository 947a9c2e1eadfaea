"""Plain dictionaries turned into components: each argument from the node, inferred, or its default."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_type_hints

from . import catalog
from .coercion import Typed, coerce, plain
from .errors import CallError
from .nearest import nearest
from .registry import KINDS
from .scripts.settings import POSITIONS, ROOT

ALIASES = {"model": "method", "optim": "optimizer"}
SAME_AS = {"output_shape": "input_shape"}  # a decoder makes what the encoder reads
Unknown = Literal["warn", "refuse", "ignore"]


def build(
    kind: str,
    node: Mapping[str, Any],
    *,
    where: str = "",
    inferred: Mapping[str, Any] | None = None,
    unknown: Unknown = "warn",
) -> tuple[Any, dict[str, Any]]:
    """The component that `node["_type"]` names, and the full node it was built from.

    An argument comes from the node itself, else from a component built before it in the same node, else from
    `inferred`, else from its default. The full node holds every argument that is plain data, in YAML's types.

    Raises:
        CallError: an unknown component, a missing argument, a value that does not fit its type.
    """
    return _Site(kind, where or kind, dict(inferred or {}), unknown).build(node)


def kind_of(key: str, node: Any) -> tuple[str, str] | None:
    """(kind, name) of the component that the node under this key describes; None if it describes none."""
    if not isinstance(node, Mapping):
        return None
    written = node.get("_type")
    if isinstance(written, str) and "/" in written:
        kind, _, name = written.partition("/")
        if kind in KINDS:
            return kind, name
    kind = ALIASES.get(key, key)
    return (kind, written if isinstance(written, str) else "") if kind in KINDS else None


@dataclass
class _Site:
    """A place in the config where a component stands: what is known there."""

    kind: str
    where: str
    inferred: dict[str, Any]
    unknown: Unknown
    siblings: dict[str, Any] = field(default_factory=dict)

    def build(self, node: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        name = self._name(node)
        component = catalog.resolve(self.kind, name)
        parameters, hints = _signature(component)
        own = {str(key).replace("-", "_"): value for key, value in node.items()}
        self._check_keys(name, own, parameters)
        arguments: dict[str, Any] = {}
        full: dict[str, Any] = {"_type": node["_type"]}
        built: dict[str, Any] = {}
        for parameter in parameters.values():
            hint = hints.get(parameter.name, parameter.annotation)
            value, shown = self._argument(name, parameter, hint, own, built)
            arguments[parameter.name] = value
            if _is_plain(shown):
                full[parameter.name] = _as_yaml(shown)
        return component(**arguments), full

    def _name(self, node: Mapping[str, Any]) -> str:
        written = node.get("_type")
        if isinstance(written, str):
            return written.removeprefix(f"{self.kind}/")
        known = ", ".join(entry.name for entry in catalog.entries(self.kind))
        raise CallError(f"{self.where}: no _type says which {self.kind} it is; there is: {known}")

    def _argument(
        self, name: str, parameter: inspect.Parameter, hint: Any, own: dict[str, Any], built: dict[str, Any]
    ) -> tuple[Any, Any]:
        """The value of one argument, and what to write for it in the full node."""
        key = parameter.name
        place = f"{self.where}.{key}"
        if key in own:
            return self._own(key, own[key], parameter, hint, place, built)
        required = parameter.default is inspect.Parameter.empty
        if required:
            for sibling in self.siblings.values():
                if hasattr(sibling, key):
                    value = getattr(sibling, key)
                    return value, value
        for source in (key, SAME_AS.get(key)):
            if source in self.inferred:
                value = coerce(self.inferred[source], hint, place)
                return value, value
        if not required:
            return parameter.default, parameter.default
        raise CallError(
            f"{self.kind} {name!r} needs the argument {key!r}: set {place}"
            + (f", or stack a config that names the {_kind(key)}" if _kind(key) in KINDS else "")
        )

    def _own(
        self, key: str, value: Any, parameter: inspect.Parameter, hint: Any, place: str, built: dict[str, Any]
    ) -> tuple[Any, Any]:
        if isinstance(value, Mapping) and ("_type" in value or kind_of(key, value) is not None):
            return self._nested(key, value, place, built)
        if isinstance(value, list) and any(isinstance(one, Mapping) and "_type" in one for one in value):
            pairs = [self._nested(key, one, f"{place}.{index}", {}) for index, one in enumerate(value)]
            return [one for one, _ in pairs], [full for _, full in pairs]
        value = coerce(_with_elements(value, parameter.default), hint, place)
        if key in ("input_shape", "output_shape"):
            self._check_shape(value)
        return value, value

    def _nested(
        self, key: str, node: Mapping[str, Any], place: str, built: dict[str, Any]
    ) -> tuple[Any, Any]:
        kind, _ = kind_of(key, node) or (_kind(key), "")
        if kind not in KINDS:
            raise CallError(f"{place}: write its kind as well, as in `_type: encoder/conv12`")
        component, full = _Site(kind, place, self.inferred, self.unknown, dict(built)).build(node)
        built[key] = component
        return component, full

    def _check_shape(self, stored: Any) -> None:
        given = self.inferred.get("input_shape")
        if given is not None and tuple(given) != tuple(stored):
            raise CallError(
                f"{self.where}: the run was built for images of {tuple(stored)}, "
                f"the data gives {tuple(given)}"
            )

    def _check_keys(self, name: str, own: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        for key in own:
            if key.startswith("_") or key in parameters or key in _beside(self.kind):
                continue
            if self.unknown == "ignore":
                continue
            close = nearest(key, parameters)
            message = f"{self.where}.{key}: the {self.kind} {name!r} has no such argument"
            message += (
                f"; did you mean {' or '.join(close)}?" if close else f"; it has: {', '.join(parameters)}"
            )
            if self.unknown == "refuse":
                raise CallError(message)
            warnings.warn(f"{message} It is ignored.", stacklevel=2)


def _beside(kind: str) -> set[str]:
    """Keys in the node of a component that are not its arguments: `dataset.batch-size`, `model.optim`."""
    places = [(place, key) for place, of in POSITIONS.items() if of == kind for key in (*ROOT, *POSITIONS)]
    inner = [key.removeprefix(f"{place}.") for place, key in places if key.startswith(f"{place}.")]
    return {key.split(".")[0].replace("-", "_") for key in inner}


def _kind(key: str) -> str:
    return ALIASES.get(key, key)


def _signature(component: Callable[..., Any]) -> tuple[dict[str, inspect.Parameter], dict[str, Any]]:
    """The arguments by name, with their types where these can be evaluated."""
    parameters = dict(inspect.signature(component).parameters)
    target = component.__init__ if isinstance(component, type) else component  # type: ignore[misc]
    try:
        return parameters, get_type_hints(target)
    except NameError:
        return parameters, {name: _hint(component, one.annotation) for name, one in parameters.items()}


def _hint(component: Callable[..., Any], annotation: Any) -> Any:
    """One annotation on its own: some name types that are only imported for type checkers."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, vars(sys.modules[component.__module__]))  # the module's own source
    except (NameError, TypeError):
        return Any


def _with_elements(value: Any, default: Any) -> Any:
    """`{"1": 9}` given for a list argument that no config sets changes one element of the default."""
    if not (isinstance(value, Mapping) and value and all(str(key).isdigit() for key in value)):
        return value
    if not isinstance(default, Sequence) or isinstance(default, str) or max(map(int, value)) >= len(default):
        return value
    return [value.get(str(index), one) for index, one in enumerate(default)]


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str, Path))


def _as_yaml(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_as_yaml(one) for one in value]
    if isinstance(value, Mapping):
        return {key: _as_yaml(one) for key, one in value.items()}
    return plain(value) if isinstance(value, Typed) else value

"""The arguments of a component once it is imported: names, types, defaults."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, get_type_hints

COLLECTED = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


@dataclass(frozen=True)
class Argument:
    """One argument with its type; `Any` where the type cannot be evaluated."""

    name: str
    hint: Any
    default: Any

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is Parameter.empty


def arguments_of(component: Callable[..., Any]) -> dict[str, Argument]:
    """The arguments by name, in the order of the signature."""
    hints = _hints(component)
    return {
        name: Argument(name, hints.get(name, Any), parameter.default)
        for name, parameter in signature(component).parameters.items()
        if parameter.kind not in COLLECTED
    }


def _hints(component: Callable[..., Any]) -> dict[str, Any]:
    target = component.__init__ if isinstance(component, type) else component  # type: ignore[misc]
    try:
        return get_type_hints(target, include_extras=True)
    except NameError:  # some annotations name types that are imported for type checkers only
        parameters = signature(component).parameters
        return {name: _hint(component, one.annotation) for name, one in parameters.items()}


def _hint(component: Callable[..., Any], annotation: Any) -> Any:
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, vars(sys.modules[component.__module__]))  # noqa: S307 - the module's own source
    except (NameError, TypeError):
        return Any


def with_elements(value: Any, default: Any) -> Any:
    """`{"1": 9}`, given for a list argument that no config sets, changes one element of its default."""
    if not (isinstance(value, Mapping) and value and all(str(key).isdigit() for key in value)):
        return value
    if not isinstance(default, Sequence) or isinstance(default, str) or max(map(int, value)) >= len(default):
        return value
    return [value.get(str(index), one) for index, one in enumerate(default)]

"""Plain dictionaries turned into components: each argument from the node, inferred, or its default."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeGuard, get_args, get_origin

from ..errors import CallError
from ..registry import KINDS, catalog
from ..registry.signature import Argument, arguments_of, with_elements
from ..suggestions import nearest
from .coercion import CliText, ConfigValueError, coerce, to_plain
from .root_settings import NODE_KINDS, ROOT

ALIASES = {"model": "method", "optim": "optimizer"}
SAME_AS = {"output_shape": "input_shape"}  # a decoder makes what the encoder reads
OF_OWNER = {("encoder", "feature_dim"): "extra_features"}  # a method may want more than the latent reads
FROM_LATENT = {("decoder", "latent_dim"): "decoder_dim"}  # a latent may give its decoder more than a code
FROM_SIBLINGS = {("encoder", "heads")}  # arguments with a default that a component built before may know
Unknown = Literal["warn", "refuse", "ignore"]


def build(
    kind: str,
    node: Mapping[str, Any],
    *,
    where: str = "",
    inferred: Mapping[str, Any] | None = None,
    unknown: Unknown = "warn",
    taken: set[str] | None = None,
) -> tuple[Any, dict[str, Any]]:
    """The component that `node["_type"]` names, and the full node it was built from.

    An argument comes from the node itself, else from a component built before it in the same node, else from
    `inferred`, else from its default. The full node holds every argument that is plain data, in YAML's types.
    `taken` is filled with the names of what was inferred.

    Raises:
        CallError: an unknown component, a missing argument, a value that does not fit its type.
    """
    names: set[str] = set() if taken is None else taken
    return _Site(kind, where or kind, node, dict(inferred or {}), unknown, taken=names).build()


def fit_node(
    kind: str, node: Mapping[str, Any], *, where: str, inferred: Mapping[str, Any], taken: set[str]
) -> dict[str, Any]:
    """What is known of a component before it is built: the arguments that are given, fitted to their types.

    Raises:
        CallError: an unknown component, a value that does not fit its type.
    """
    return _Site(kind, where, node, dict(inferred), "ignore", taken=taken).fit()


def component_of(key: str, node: Any) -> tuple[str, str] | None:
    """(kind, name) of the component that the node under this key describes; None if it describes none."""
    if not isinstance(node, Mapping):
        return None
    written = node.get("_type")
    name = written if isinstance(written, str) else ""
    if name.partition("/")[0] in KINDS:
        return name.partition("/")[0], name.partition("/")[2]
    kind = ALIASES.get(key, key)
    return (kind, name) if kind in KINDS else None


@dataclass
class _Site:
    """A place in the config where a component stands, and what is known there."""

    kind: str
    where: str
    node: Mapping[str, Any]
    inferred: dict[str, Any]
    unknown: Unknown
    siblings: dict[str, Any] = field(default_factory=dict)  # built before this one, for the same owner
    parts: dict[str, Any] = field(default_factory=dict)  # built for this one
    owner: Any = None  # the class or function that this one is built for
    taken: set[str] = field(default_factory=set)  # the names of what was inferred for this one or its parts

    def build(self) -> tuple[Any, dict[str, Any]]:
        """The component and its full node."""
        name = self._name()
        component = catalog.resolve(self.kind, name)
        arguments = arguments_of(component)
        own = {str(key).replace("-", "_"): value for key, value in self.node.items()}
        self._check_keys(name, own, arguments)
        values: dict[str, Any] = {}
        full: dict[str, Any] = {"_type": str(self.node["_type"])}
        for key, argument in arguments.items():
            if key in own:
                values[key], shown = self._given(argument, own[key])
            else:
                values[key] = shown = self._found(name, argument)
            if _is_plain(shown):
                full[key] = _as_yaml(shown)
        return component(**values), full

    def fit(self) -> dict[str, Any]:
        """The component's name and the arguments that are given here or from outside, as YAML's types."""
        entry = catalog.find(self.kind, self._name())
        full: dict[str, Any] = {"_type": entry.name}
        own = {str(key).replace("-", "_"): value for key, value in self.node.items()}
        for key, argument in arguments_of(catalog.resolve(self.kind, entry.name)).items():
            if key in own:
                full[key] = self._fit_given(argument, own[key])
            elif key in self.inferred:
                self.taken.add(key)
                full[key] = _as_yaml(_fitted(self.inferred[key], argument, f"{self.where}.{key}"))
        return full

    def _fit_given(self, argument: Argument, value: Any) -> Any:
        """An argument that the node holds, fitted to its type."""
        place = f"{self.where}.{argument.name}"
        if _is_component(value, argument):
            return self._site(argument.name, value, place).fit()
        if _are_components(value):
            return [self._site(argument.name, one, f"{place}.{at}").fit() for at, one in enumerate(value)]
        return _as_yaml(_fitted_value(argument, value, place))

    def _name(self) -> str:
        written = self.node.get("_type")
        if isinstance(written, str):
            return written.removeprefix(f"{self.kind}/")
        known = ", ".join(entry.name for entry in catalog.entries(self.kind))
        raise CallError(f"{self.where}: no _type says which {self.kind} it is; there is: {known}")

    def _given(self, argument: Argument, value: Any) -> tuple[Any, Any]:
        """An argument that the node holds, and what to write for it in the full node."""
        place = f"{self.where}.{argument.name}"
        if _is_component(value, argument):
            self.parts[argument.name], full = self._nested(argument.name, value, place)
            return self.parts[argument.name], full
        if _are_components(value):
            pairs = [self._nested(argument.name, one, f"{place}.{at}") for at, one in enumerate(value)]
            return [one for one, _ in pairs], [full for _, full in pairs]
        value = _fitted_value(argument, value, place)
        if argument.name in ("input_shape", "output_shape"):
            self._check_shape(value)
        return value, value

    def _found(self, name: str, argument: Argument) -> Any:
        """An argument that the node does not hold."""
        if argument.required or (self.kind, argument.name) in FROM_SIBLINGS:
            for wanted in (FROM_LATENT.get((self.kind, argument.name), argument.name), argument.name):
                for sibling in self.siblings.values():
                    if hasattr(sibling, wanted):
                        found = getattr(sibling, wanted)
                        more = OF_OWNER.get((self.kind, argument.name))
                        return found + getattr(self.owner, more, 0) if more else found
        place = f"{self.where}.{argument.name}"
        for source in (argument.name, SAME_AS.get(argument.name)):
            if source in self.inferred:
                self.taken.add(str(source))
                return _fitted(self.inferred[source], argument, place)
        if not argument.required:
            return argument.default
        kind = ALIASES.get(argument.name, argument.name)
        way_out = f"stack a config that names the {kind}" if kind in KINDS else f"set {place}"
        raise CallError(f"{self.where}: {self.kind} {name!r} needs the argument {argument.name!r}: {way_out}")

    def _nested(self, key: str, node: Mapping[str, Any], place: str) -> tuple[Any, dict[str, Any]]:
        return self._site(key, node, place).build()

    def _site(self, key: str, node: Mapping[str, Any], place: str) -> _Site:
        described = component_of(key, node)
        if described is None:
            raise CallError(f"{place}: write its kind as well, as in `_type: encoder/conv12`")
        owner = catalog.resolve(self.kind, self._name())
        known = dict(self.parts)
        return _Site(
            described[0], place, node, self.inferred, self.unknown, known, owner=owner, taken=self.taken
        )

    def _check_shape(self, stored: Any) -> None:
        given = self.inferred.get("input_shape")
        if given is not None and tuple(given) != tuple(stored):
            raise CallError(
                f"{self.where}: the run was built for images of {tuple(stored)}, "
                f"the data gives {tuple(given)}"
            )

    def _check_keys(self, name: str, own: Mapping[str, Any], arguments: Mapping[str, Argument]) -> None:
        """Warn of keys that are no arguments, or refuse them."""
        known = {*arguments, *_beside(self.kind)}
        for key in own if self.unknown != "ignore" else ():
            if key.startswith("_") or key in known:
                continue
            close = nearest(key, arguments)
            meant = f"did you mean {' or '.join(close)}?" if close else f"it has: {', '.join(arguments)}"
            message = f"{self.where}.{key}: the {self.kind} {name!r} has no such argument; {meant}"
            if self.unknown == "refuse":
                raise CallError(message)
            warnings.warn(f"{message} It is ignored.", stacklevel=2)


def _fitted(value: Any, argument: Argument, place: str) -> Any:
    """The value as the argument's type; a path is the caller's, also where the run is loaded elsewhere."""
    fitted = coerce(value, argument.hint, place)
    return fitted.absolute() if isinstance(fitted, Path) else fitted


def _fitted_value(argument: Argument, value: Any, place: str) -> Any:
    """A value that a node holds for an argument that is no component, fitted to its type."""
    if isinstance(value, str) and _takes_component(argument):
        raise ConfigValueError(place, f"expected a node such as {{_type: {value}}}, got {value}")
    return _fitted(with_elements(value, argument.default), argument, place)


def _is_component(value: Any, argument: Argument) -> TypeGuard[Mapping[str, Any]]:
    """Whether what the node holds for an argument describes a component."""
    return isinstance(value, Mapping) and ("_type" in value or component_of(argument.name, value) is not None)


def _are_components(value: Any) -> TypeGuard[list[Mapping[str, Any]]]:
    return isinstance(value, list) and any(isinstance(one, Mapping) and "_type" in one for one in value)


def _takes_component(argument: Argument) -> bool:
    if ALIASES.get(argument.name, argument.name) not in KINDS:
        return False
    plain_types = [one for one in (argument.hint, *get_args(argument.hint)) if one in (str, bool)]
    return not plain_types and get_origin(argument.hint) is not Literal


def _beside(kind: str) -> set[str]:
    """Keys in the node of a component that are not its arguments: `dataset.batch-size`, `model.optim`."""
    places = [(place, key) for place, of in NODE_KINDS.items() if of == kind for key in (*ROOT, *NODE_KINDS)]
    inner = [key.removeprefix(f"{place}.") for place, key in places if key.startswith(f"{place}.")]
    return {key.split(".")[0].replace("-", "_") for key in inner}


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
    return to_plain(value) if isinstance(value, CliText) else value

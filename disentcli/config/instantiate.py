"""Plain dictionaries turned into components: each argument from the node, inferred, or its default."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import CallError
from ..registry import KINDS, catalog
from ..registry.signature import Argument, arguments_of, with_elements
from ..suggestions import nearest
from .coercion import ConfigValueError, coerce
from .keys import KeyPath, split
from .nodes import (
    KIND_OF_KEY,
    are_components,
    as_yaml,
    component_of,
    is_component,
    is_plain,
    takes_component,
    with_type,
)
from .root_settings import NODE_KINDS, ROOT

#: an argument that is the same as another inferred one: a decoder makes what the encoder reads
INFER_FROM = {"output_shape": "input_shape"}
#: what the owner of a component adds to an argument: a method may want more features than the latent reads
INFER_FROM_OWNER = {("encoder", "feature_dim"): "extra_features"}
#: an argument that a latent gives under another name: what is decoded may be more numbers than a code has
INFER_FROM_LATENT = {(kind, "latent_dim"): "decoder_dim" for kind in ("decoder", "operator")}
#: arguments with a default that a component built before may know better
INFER_FROM_SIBLINGS = {("encoder", "heads")}
#: the configs that bring a component of a kind
FOLDERS = {"method": "m/", "dataset": "d/", "encoder": "a/", "decoder": "a/", "latent": "l/"}
LISTED = {"method": "methods", "dataset": "datasets"}  # lists of their own
Unknown = Literal["warn", "refuse", "ignore"]


@dataclass(frozen=True)
class NodeFit:
    """What is known of a component before it is built.

    full: its name and the arguments that are given or come from the config's root, fitted to their types.
    known: the path of each argument that it and its parts have.
    taken: the names of what came from the root.
    """

    full: dict[str, Any]
    known: set[KeyPath]
    taken: set[str]

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments alone."""
        return {key: value for key, value in self.full.items() if key != "_type"}


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
    return _NodeBuilder(kind, where or kind, node, dict(inferred or {}), unknown, taken=names).build()


def fit_node(kind: str, node: Mapping[str, Any], *, where: str, inferred: Mapping[str, Any]) -> NodeFit:
    """The arguments of a component that are given, fitted to their types; nothing is built.

    Raises:
        CallError: an unknown component, a value that does not fit its type.
    """
    builder = _NodeBuilder(kind, where, node, dict(inferred), "ignore")
    return NodeFit(builder.fit(), builder.known, builder.taken)


@dataclass
class _NodeBuilder:
    """Builds the component that a node describes, and before it the parts that stand in the node."""

    kind: str
    where: str
    node: Mapping[str, Any]
    inferred: dict[str, Any]
    unknown: Unknown
    siblings: dict[str, Any] = field(default_factory=dict)  # built before this one, for the same owner
    parts: dict[str, Any] = field(default_factory=dict)  # built for this one
    owner: Any = None  # the class or function that this one is built for
    taken: set[str] = field(default_factory=set)  # the names of what was inferred for this one or its parts
    known: set[KeyPath] = field(default_factory=set)  # the arguments of this one and its parts

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
            if is_plain(shown):
                full[key] = as_yaml(shown)
        return component(**values), full

    def fit(self) -> dict[str, Any]:
        """The component's name and the arguments that are given here or from outside, as YAML's types."""
        entry = catalog.find(self.kind, self._name())
        full: dict[str, Any] = {"_type": entry.name}
        own = {str(key).replace("-", "_"): value for key, value in self.node.items()}
        for key, argument in arguments_of(catalog.resolve(self.kind, entry.name)).items():
            self.known.add((*split(self.where), key))
            if key in own:
                full[key] = self._fit_given(argument, own[key])
            elif key in self.inferred:
                self.taken.add(key)
                full[key] = as_yaml(_fitted(self.inferred[key], argument, f"{self.where}.{key}"))
        return full

    def _fit_given(self, argument: Argument, value: Any) -> Any:
        """An argument that the node holds, fitted to its type."""
        place = f"{self.where}.{argument.name}"
        value = with_type(value, argument)
        if is_component(value, argument):
            return self._part(argument.name, value, place).fit()
        if are_components(value):
            return [self._part(argument.name, one, f"{place}.{at}").fit() for at, one in enumerate(value)]
        return as_yaml(_fitted_value(argument, value, place))

    def _name(self) -> str:
        written = self.node.get("_type")
        if isinstance(written, str):
            return written.removeprefix(f"{self.kind}/")
        raise CallError(f"{self.where}: no _type says which {self.kind} it is; {where_to_choose(self.kind)}")

    def _given(self, argument: Argument, value: Any) -> tuple[Any, Any]:
        """An argument that the node holds, and what to write for it in the full node."""
        place = f"{self.where}.{argument.name}"
        value = with_type(value, argument)
        if is_component(value, argument):
            self.parts[argument.name], full = self._part(argument.name, value, place).build()
            return self.parts[argument.name], full
        if are_components(value):
            parts = [self._part(argument.name, one, f"{place}.{at}") for at, one in enumerate(value)]
            pairs = [part.build() for part in parts]
            return [one for one, _ in pairs], [full for _, full in pairs]
        value = _fitted_value(argument, value, place)
        if argument.name in ("input_shape", "output_shape"):
            self._check_shape(value)
        return value, value

    def _found(self, name: str, argument: Argument) -> Any:
        """An argument that the node does not hold."""
        if argument.required or (self.kind, argument.name) in INFER_FROM_SIBLINGS:
            for wanted in (INFER_FROM_LATENT.get((self.kind, argument.name), argument.name), argument.name):
                for sibling in self.siblings.values():
                    if hasattr(sibling, wanted):
                        found = getattr(sibling, wanted)
                        more = INFER_FROM_OWNER.get((self.kind, argument.name))
                        return found + getattr(self.owner, more, 0) if more else found
        place = f"{self.where}.{argument.name}"
        for source in (argument.name, INFER_FROM.get(argument.name)):
            if source in self.inferred:
                self.taken.add(str(source))
                return _fitted(self.inferred[source], argument, place)
        if not argument.required:
            return argument.default
        kind = KIND_OF_KEY.get(argument.name, argument.name)
        hint = f"stack a config that names the {kind}" if kind in KINDS else f"set {place}"
        raise CallError(f"{self.where}: {self.kind} {name!r} needs the argument {argument.name!r}: {hint}")

    def _part(self, key: str, node: Mapping[str, Any], place: str) -> _NodeBuilder:
        """The builder of a component that stands in this one's node."""
        described = component_of(key, node)
        if described is None:
            raise CallError(f"{place}: write its kind as well, as in `_type: encoder/conv12`")
        return _NodeBuilder(
            described[0],
            place,
            node,
            self.inferred,
            self.unknown,
            siblings=dict(self.parts),
            owner=catalog.resolve(self.kind, self._name()),
            taken=self.taken,
            known=self.known,
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
        known = {*arguments, *_training_settings(self.kind)}
        for key in own if self.unknown != "ignore" else ():
            if key.startswith("_") or key in known:
                continue
            close = nearest(key, arguments)
            meant = f"did you mean {' or '.join(close)}?" if close else f"it has: {', '.join(arguments)}"
            message = f"{self.where}.{key}: the {self.kind} {name!r} has no such argument; {meant}"
            if self.unknown == "refuse":
                raise CallError(message)
            warnings.warn(f"{message} It is ignored.", stacklevel=2)


def where_to_choose(kind: str) -> str:
    """Where components of a kind come from: configs to stack, where there are such, else their names."""
    if kind in FOLDERS:
        folder = FOLDERS[kind]
        listed = LISTED.get(kind, f"configs {folder}")
        return f"add a config {folder}… to the call, `fig list {listed}` shows which there are"
    return "there is: " + ", ".join(entry.name for entry in catalog.entries(kind))


def _fitted(value: Any, argument: Argument, place: str) -> Any:
    """The value as the argument's type; a path is the caller's, also where the run is loaded elsewhere."""
    fitted = coerce(value, argument.hint, place)
    return fitted.absolute() if isinstance(fitted, Path) else fitted


def _fitted_value(argument: Argument, value: Any, place: str) -> Any:
    """A value that a node holds for an argument that is no component, fitted to its type."""
    if isinstance(value, str) and takes_component(argument):
        raise ConfigValueError(place, f"expected a node such as {{_type: {value}}}, got {value}")
    return _fitted(with_elements(value, argument.default), argument, place)


def _training_settings(kind: str) -> set[str]:
    """Keys in the node of a component that are not its arguments: `dataset.batch-size`, `model.optim`."""
    places = [(place, key) for place, of in NODE_KINDS.items() if of == kind for key in (*ROOT, *NODE_KINDS)]
    inner = [key.removeprefix(f"{place}.") for place, key in places if key.startswith(f"{place}.")]
    return {key.split(".")[0].replace("-", "_") for key in inner}

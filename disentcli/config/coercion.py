"""Values from configs, made to fit the type of the argument that takes them."""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ..errors import CallError

_TRUE, _FALSE = {"true", "yes", "on"}, {"false", "no", "off"}
_NONE = {"none", "null", "~", ""}


@dataclass(frozen=True)
class Bounds:
    """Which numbers an argument takes: `Annotated[float, Bounds(above=0)]`; without any, all finite ones.

    `ceiling` is beyond what anybody wants, and what memory or patience takes: only who exceeds it is told.
    """

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    ceiling: float = math.inf

    def hold(self, number: float) -> bool:
        """Whether the number lies within."""
        return self.least <= number <= self.most and self.above < number < self.below

    def __str__(self) -> str:
        words = {"of at least": self.least, "at most": self.most, "above": self.above, "below": self.below}
        return " and ".join(f"{word} {bound:,}" for word, bound in words.items() if math.isfinite(bound))


PositiveInt = Annotated[int, Bounds(least=1, ceiling=10**12)]
NonNegativeInt = Annotated[int, Bounds(least=0, ceiling=10**12)]
Width = Annotated[int, Bounds(least=1, ceiling=2**16)]  # of a layer, a latent, a row of pictures
Count = Annotated[int, Bounds(least=1, ceiling=10**8)]  # of points, draws, images: each takes memory
Repeats = Annotated[int, Bounds(least=1, ceiling=10**5)]  # of a measurement
PositiveFloat = Annotated[float, Bounds(above=0)]
NonNegativeFloat = Annotated[float, Bounds(least=0)]
DecayRate = Annotated[float, Bounds(least=0, below=1)]
Port = Annotated[int, Bounds(least=1, most=65535)]
Seed = Annotated[int, Bounds(least=0, most=2**64 - 1)]


class CliText(str):
    """Text as typed on the command line: a string where one is wanted, else what YAML makes of it."""

    __slots__ = ()

    @property
    def value(self) -> Any:
        from .yaml12 import parse

        return parse(self)


class ConversionError(ValueError):
    """The value does not fit the type."""


class ConfigValueError(CallError):
    """The value of this key does not fit; whoever knows which file set it can say so."""

    def __init__(self, key: str, complaint: str) -> None:
        super().__init__(f"{key}: {complaint}")
        self.key, self.complaint = key, complaint


def to_plain(value: Any) -> Any:
    """The value with everything typed read as YAML: what it is where no type is known."""
    if isinstance(value, CliText):
        return value.value
    if isinstance(value, Mapping):
        return {key: to_plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_plain(one) for one in value]
    return value


def coerce(value: Any, wanted: Any, key: str) -> Any:
    """`value` as the type `wanted`; raises ConfigValueError naming the key, what is wanted, what came."""
    try:
        return _fit(value, wanted)
    except ConversionError as misfit:
        shown = str(value) if isinstance(value, CliText) else repr(value)
        detail = f" ({misfit})" if str(misfit) else ""
        raise ConfigValueError(key, f"expected {describe(wanted)}, got {shown}{detail}") from None


def describe(wanted: Any) -> str:
    """The type in words: `a whole number`, `one of val, test`."""
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is Literal:
        return "one of " + ", ".join(map(str, inner))
    if origin in (Union, types.UnionType):
        return " or ".join(describe(one) for one in inner)
    if origin is Annotated:
        return " ".join([describe(inner[0]), *(str(one) for one in inner[1:] if isinstance(one, Bounds))])
    names = {bool: "true or false", int: "a whole number", float: "a number", str: "text", type(None): "null"}
    if wanted in names:
        return names[wanted]
    if (origin or wanted) in (list, tuple, Sequence):
        return "a list" + (f" of {_plural(inner[0])}" if inner else "")
    return getattr(wanted, "__name__", str(wanted))


def _plural(wanted: Any) -> str:
    """`numbers above 0`."""
    kind = describe(_unbounded(wanted))
    return describe(wanted).replace(kind, f"{kind.removeprefix('a ')}s", 1)


def _fit(value: Any, wanted: Any) -> Any:
    if wanted in (Any, Parameter.empty, object):
        return to_plain(value)
    origin = get_origin(wanted) or wanted
    if origin in (Union, types.UnionType):
        return _union(value, get_args(wanted))
    if origin is Literal:
        return _choice(value, get_args(wanted))
    if origin is Annotated:
        return _bounded(value, get_args(wanted))
    fit = _FITS.get(origin)
    if fit is not None:
        return fit(value, get_args(wanted))
    return to_plain(value) if isinstance(value, (str, Mapping)) else value


def _union(value: Any, options: Sequence[Any]) -> Any:
    if type(None) in options and (value is None or (isinstance(value, CliText) and value.lower() in _NONE)):
        return None
    exact, detail = [one for one in options if type(to_plain(value)) is _unbounded(one)], ""
    for option in [*exact, *(one for one in options if one is not type(None))]:
        try:
            return _fit(value, option)
        except ConversionError as misfit:
            detail = detail or str(misfit)
    raise ConversionError(detail)


def _unbounded(wanted: Any) -> Any:
    return get_args(wanted)[0] if get_origin(wanted) is Annotated else wanted


def _bounded(value: Any, parts: Sequence[Any]) -> Any:
    wanted, *notes = parts
    number = _fit(value, wanted)
    for note in notes:
        if isinstance(note, Bounds):
            if not note.hold(number):
                raise ConversionError
            if number > note.ceiling:
                raise ConversionError(f"{note.ceiling:,} is the most")
    return number


def _choice(value: Any, choices: Sequence[Any]) -> Any:
    for candidate in (value, to_plain(value)):
        for choice in choices:
            if type(choice) is type(candidate) and choice == candidate:
                return choice
            if isinstance(choice, str) and isinstance(candidate, str) and choice == str(candidate):
                return choice
    raise ConversionError


def _boolean(value: Any, _: Any) -> bool:
    text = str(value).lower() if isinstance(value, (str, bool)) else None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise ConversionError


def _whole(value: Any, _: Any) -> int:
    number = to_plain(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)) or number != number // 1:
        raise ConversionError
    return int(number)


def _number(value: Any, _: Any) -> float:
    number = to_plain(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ConversionError
    if not math.isfinite(number):
        raise ConversionError("which is not finite")
    return float(number)


def _text(value: Any, _: Any) -> str:
    if isinstance(value, (Mapping, list, tuple)) or value is None:
        raise ConversionError
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list(value: Any, inner: Sequence[Any]) -> list[Any]:
    items = to_plain(value)
    if isinstance(value, CliText) and isinstance(items, str) and not inner:
        items = [items]  # `--then eval` is one call, without brackets too
    if not isinstance(items, (list, tuple)):
        raise ConversionError
    return [_fit(one, inner[0]) if inner else one for one in items]


def _tuple(value: Any, inner: Sequence[Any]) -> tuple[Any, ...]:
    if len(inner) == 2 and inner[1] is Ellipsis:
        inner = inner[:1]
    elif inner:
        items = _list(value, ())
        if len(items) != len(inner):
            raise ConversionError(f"{len(inner)} elements wanted, {len(items)} given")
        return tuple(_fit(one, kind) for one, kind in zip(items, inner, strict=True))
    return tuple(_list(value, inner))


def _mapping(value: Any, inner: Sequence[Any]) -> dict[Any, Any]:
    items = to_plain(value)
    if not isinstance(items, Mapping):
        raise ConversionError
    key_type, value_type = inner if len(inner) == 2 else (Any, Any)
    return {_fit(CliText(key), key_type): _fit(one, value_type) for key, one in items.items()}


def _path(value: Any, _: Any) -> Path:
    return Path(_text(value, _)).expanduser()


_FITS: dict[Any, Callable[[Any, Any], Any]] = {
    bool: _boolean,
    int: _whole,
    float: _number,
    str: _text,
    Path: _path,
    list: _list,
    Sequence: _list,
    tuple: _tuple,
    dict: _mapping,
    Mapping: _mapping,
}

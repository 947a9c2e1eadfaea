"""Predicates as configs write them, `{shape: square, x_position: {above: 0.5}}`, evaluated on every image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import CallError
from ...suggestions import unknown
from .factor_columns import BOUNDS, FactorColumns, FactorValues

OPERATORS = (*BOUNDS, "classes", "not")
DIFFERENCE_SLACK = 1e-9  # differences closer than this to a limit are the limit: 0.3 − 0.1 is 0.2


def select_classes(written: Any, known: FactorValues, classes: FactorValues | None, place: str) -> np.ndarray:
    """Which values (K,) the condition chooses: bool.

    known: the values of the factor.
    written: a value; a list, of which any may hold; or a mapping of OPERATORS, all of which must hold.
    classes: what `classes` refers to; None if the factor has none.

    Raises:
        CallError: an operator or value that does not exist.
    """
    if isinstance(written, (list, tuple)):
        found = np.zeros(len(known.values), dtype=bool)
        for one in _filled(written, place):
            found |= select_classes(one, known, classes, place)
        return found
    if not isinstance(written, Mapping):
        return known.equal(written, place)
    found = np.ones(len(known.values), dtype=bool)
    for key, operand in _filled(written, place).items():
        found &= _apply(str(key).replace("_", "-"), operand, known, classes, place)
    return found


def _apply(
    key: str, operand: Any, known: FactorValues, classes: FactorValues | None, place: str
) -> np.ndarray:
    if key in BOUNDS:
        return known.bounded(key, operand, f"{place}.{key}")
    if key == "not":
        return ~select_classes(operand, known, classes, f"{place}.not")
    if key != "classes":
        raise CallError(f"{place}: {unknown('operator', key, OPERATORS)}")
    if classes is None:
        raise CallError(f"{place}: the factor is continuous, it has no classes; use {', '.join(BOUNDS)}")
    return select_classes(operand, classes, classes, f"{place}.classes")


def _filled(written: Any, place: str) -> Any:
    if not written:
        raise CallError(f"{place}: the condition is empty; write a value, a list, or {', '.join(OPERATORS)}")
    return written


def evaluate_predicate(written: Any, factors: FactorColumns, place: str) -> np.ndarray:
    """Of which images the predicate is true: (N,) bool.

    written: {factor: condition}, all of which must hold, where `not` negates a predicate and `difference:
    {factors: [one, other], above: 0.2}` bounds how far two factors are apart; or a list of such mappings, of
    which any may hold. A condition is looked up once for each value of its factor.

    Raises:
        CallError: a factor, an operator or a value that does not exist, at this place of the config.
    """
    return factors.whole(_mask(written, factors, place))


def _mask(written: Any, factors: FactorColumns, place: str) -> np.ndarray:
    if isinstance(written, (list, tuple)) and written:
        mask = _mask(written[0], factors, place)
        for one in written[1:]:
            mask = mask | _mask(one, factors, place)
        return mask
    if not isinstance(written, Mapping) or not written:
        raise CallError(f"{place}: expected factors with conditions, as {{shape: square}}, got {written!r}")
    mask = np.ones((), dtype=bool)
    for key, condition in written.items():
        mask = mask & _clause(str(key), condition, factors, place)
    return mask


def _clause(key: str, condition: Any, factors: FactorColumns, place: str) -> np.ndarray:
    if key == "not":
        return ~_mask(condition, factors, f"{place}.not")
    if key == "difference":
        return _difference(condition, factors, f"{place}.difference")
    if key.replace("_", "-") in OPERATORS:
        raise CallError(f"{place}: {key} is where a factor should be, as in {{x_position: {{{key}: 0.5}}}}")
    name = find_factor(key, factors, place)
    found = select_classes(condition, factors.values(name), factors.classes(name), f"{place}.{name}")
    return factors.lift(name, found)


def predicate_factors(written: Any, factors: FactorColumns, place: str) -> tuple[str, ...]:
    """The names of the factors that a predicate is about, each once, in the order written.

    >>> from .factor_columns import LabelColumns
    >>> columns = LabelColumns(np.zeros((1, 2), dtype=np.int64), ("shape", "pos_x"), (2, 2))
    >>> predicate_factors([{"shape": 1, "not": {"pos-x": 0}}, {"shape": 0}], columns, "")
    ('shape', 'pos_x')
    """
    found: list[str] = []
    for one in written if isinstance(written, (list, tuple)) else [written]:
        for key, condition in one.items():
            if key == "not":
                found += predicate_factors(condition, factors, place)
            elif key == "difference":
                found += [find_factor(str(name), factors, place) for name in condition["factors"]]
            else:
                found.append(find_factor(str(key), factors, place))
    return tuple(dict.fromkeys(found))


def _difference(written: Any, factors: FactorColumns, place: str) -> np.ndarray:
    """Where |one − other| of two factors of numbers is within the bounds written beside their names."""
    bounds = dict(written) if isinstance(written, Mapping) else {}
    names = bounds.pop("factors", None)
    if not isinstance(names, (list, tuple)) or len(names) != 2 or not bounds:
        raise CallError(f"{place}: expected {{factors: [one, other], above: 0.2}}, got {written!r}")
    columns = []
    for name in (find_factor(str(one), factors, f"{place}.factors") for one in names):
        values = factors.values(name).values
        if values.dtype.kind == "U":
            raise CallError(
                f"{place}.factors: the values of {name!r} are words, there is no difference of them"
            )
        columns.append(factors.lift(name, values))
    apart = FactorValues(np.abs(columns[0] - columns[1]), DIFFERENCE_SLACK)
    found = np.ones((), dtype=bool)
    for key, limit in bounds.items():
        bound = str(key).replace("_", "-")
        if bound not in BOUNDS:
            raise CallError(f"{place}: {unknown('operator', bound, tuple(BOUNDS))}")
        found = found & apart.bounded(bound, limit, f"{place}.{bound}")
    return found


def find_factor(key: str, factors: FactorColumns, place: str) -> str:
    """The factor of this name, `-` and `_` being one; CallError with the nearest names."""
    for name in factors.names:
        if name.replace("-", "_") == key.replace("-", "_"):
            return name
    raise CallError(f"{place}: {unknown('factor', key, factors.names)}")

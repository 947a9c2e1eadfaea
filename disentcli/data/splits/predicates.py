"""Predicates as configs write them, `{shape: square, x_position: {above: 0.5}}`, evaluated on every image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import CallError
from ...suggestions import unknown
from .conditions import OPERATORS, chosen
from .factor_columns import FactorColumns


def holds(written: Any, factors: FactorColumns, place: str) -> np.ndarray:
    """Of which images the predicate is true: (N,) bool.

    written: {factor: condition}, all of which must hold, where `not` negates a predicate; or a list of such
    mappings, of which any may hold. A condition is looked up once for each value of its factor.

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
    if key.replace("_", "-") in OPERATORS:
        raise CallError(f"{place}: {key} stands where a factor should, as in {{x_position: {{{key}: 0.5}}}}")
    name = find_factor(key, factors, place)
    found = chosen(condition, factors.scale(name), factors.classes(name), f"{place}.{name}")
    return factors.lift(name, found)


def find_factor(key: str, factors: FactorColumns, place: str) -> str:
    """The factor of this name, `-` and `_` being one; CallError with the nearest names."""
    for name in factors.names:
        if name.replace("-", "_") == key.replace("-", "_"):
            return name
    raise CallError(f"{place}: {unknown('factor', key, factors.names)}")

"""Factors that training sees together more often: weights by which its images are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import CallError
from ...suggestions import unknown
from .factor_columns import FactorColumns
from .predicates import find_factor


def log_weights(written: Mapping[str, Any], factors: FactorColumns, place: str) -> np.ndarray:
    """Logarithms (N,) of unnormalised weights: p ∝ ∏ exp(−(c₁ − c₂)² / 2σ²) (Roth et al., ICLR 2023).

    written: {factors: [one, other], sigma: σ}, or several of these by name. Each factor is rescaled to
    [0, 1] by class / (size − 1).

    Raises:
        CallError: an unknown factor or key, a pair that is none, a σ that is not positive.
    """
    pairs = {"": written} if "factors" in written else written
    exponent = np.zeros(())
    for name, pair in pairs.items():
        if pair is not None:
            exponent = exponent + _exponent(pair, factors, f"{place}.{name}".rstrip("."))
    return factors.whole(exponent)


def _exponent(pair: Any, factors: FactorColumns, place: str) -> np.ndarray:
    if not isinstance(pair, Mapping) or not {"factors", "sigma"} <= set(pair):
        raise CallError(f"{place}: expected {{factors: [one, other], sigma: 0.1}}, got {pair!r}")
    for key in pair:
        if key not in ("factors", "sigma"):
            raise CallError(f"{place}: {unknown('key', str(key), ('factors', 'sigma'))}")
    names, sigma = pair["factors"], pair["sigma"]
    if not isinstance(names, (list, tuple)) or len(names) != 2 or names[0] == names[1]:
        raise CallError(f"{place}.factors: expected two factors, got {names!r}")
    if not isinstance(sigma, (int, float)) or not sigma > 0:
        raise CallError(f"{place}.sigma: expected a number above 0, got {sigma!r}")
    found = [find_factor(str(name), factors, f"{place}.factors") for name in names]
    one, other = (factors.unit(name, f"{place}.factors") for name in found)
    return -((one - other) ** 2) / (2 * sigma**2)

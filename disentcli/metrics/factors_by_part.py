"""Factors read off the codes by a probe of training images, on each part of a split."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .linear_models import explained, fit_linear, fit_logistic
from .metric_warnings import check_codes
from .split_parts import TRAIN, SplitParts, by_part
from .standardize import scaling_of

Probe = Callable[[np.ndarray], np.ndarray]
"""Codes (N, D) → predicted factors (N, F)."""


@metric("factors_by_part")
def factors_by_part(split_parts: SplitParts, *, categorical: tuple[str, ...] = ()) -> dict[str, float | str]:
    """R² or accuracy of a linear probe of each factor, on each part of the split, e.g. `held_out.r2.scale`.

    Probes are fitted to training images alone. `r2.<factor>` is 1 − mean squared error / variance of the
    factor among training images, by least squares; `accuracy.<factor>` of factors whose values are words, or
    that `categorical` names, by logistic regression (C = 1) on standardised codes. `r2` and `accuracy` are
    means over factors. The variance is that of training in all parts, for held-out images show few values of
    a factor. A factor with a single value in training is left out. Parts: see `reconstruction_by_part`.

    Raises:
        Unsupported: the data have no factors, or none varies in training.
    """
    names = split_parts.dataset.factor_names
    named = split_parts.positions(categorical)
    train = split_parts.factors(TRAIN, split_parts.columns())
    varying = [k for place, k in enumerate(split_parts.columns()) if np.ptp(train[:, place])]
    if not varying:
        raise Unsupported("no factor varies among the training images")
    words = [k for k in varying if k in named or split_parts.is_categorical(k)]
    numbers = [k for k in varying if k not in words]
    scaling = scaling_of(split_parts.codes(TRAIN))
    codes = scaling(split_parts.codes(TRAIN))
    check_codes(len(codes), codes.shape[1])
    probes = {"r2": numeric_probe, "accuracy": categorical_probe}
    scores: dict[str, dict[str, float]] = {part: {} for part in split_parts.present}
    for kind, columns in (("r2", numbers), ("accuracy", words)):
        if not columns:
            continue
        known = split_parts.factors(TRAIN, columns)
        probe, variance = probes[kind](codes, known), known.astype(float).var(axis=0)
        for part, found in scores.items():
            truth = split_parts.factors(part, columns)
            predicted = probe(scaling(split_parts.codes(part)))
            each = (
                (predicted == truth).mean(0) if kind == "accuracy" else explained(predicted, truth, variance)
            )
            found[kind] = float(each.mean())
            found |= {f"{kind}.{names[k]}": float(one) for k, one in zip(columns, each, strict=True)}
    return by_part(split_parts, scores)


def numeric_probe(codes: np.ndarray, factors: np.ndarray) -> Probe:
    """The least-squares map of codes (N, D) to factors (N, F) as numbers."""
    return fit_linear(codes, factors.astype(float))


def categorical_probe(codes: np.ndarray, factors: np.ndarray) -> Probe:
    """A logistic regression of codes (N, D) for each of the factors (N, F)."""
    models = [fit_logistic(codes, column, "lbfgs") for column in factors.T]
    return lambda others: np.stack([model.predict(others) for model in models], axis=1)

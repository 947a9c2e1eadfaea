"""Checked points and a named estimator to entropies."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ...errors import CallError, Unsupported
from ..binning import Binning, binned_codes, warn_of_crowding
from ..discretize import varying_factor_classes
from ..points import validate_matrix, validate_points
from ..sample_size import check_cells
from ..standardize import scaling_of
from .entropies import Entropies
from .quantised import entropies_of_labels, labels_between, quantised_entropies
from .sampled import sampled_entropies

Estimator = Literal["quantised", "sampling"]


def noisy_entropies(
    codes: np.ndarray,
    factors: np.ndarray,
    code_std: np.ndarray | None,
    *,
    estimator: Estimator,
    bins: int,
    limits: tuple[float, float],
    standardise: bool,
    binning: Binning,
    num_samples: int,
    seed: int,
) -> Entropies:
    """Entropies of codes whose means are `codes` (N, D), with deviations `code_std` (N, D) or none.

    Source: Do & Tran 2020 (arXiv 1908.09961), and their code clarken92/DisentanglementMetrics.
    """
    codes, factors = validate_points(codes, factors)
    deviations = np.zeros(codes.shape) if code_std is None else validate_matrix(code_std, "code_std")
    if deviations.shape != codes.shape or (deviations < 0).any():
        raise CallError(f"code_std must be of the codes' shape {codes.shape} and nowhere negative")
    classes = varying_factor_classes(factors)
    if binning == "quantile":
        if estimator != "quantised" or deviations.any():
            raise Unsupported("quantile bins are of codes without noise, by the estimator 'quantised'")
        return entropies_of_labels(binned_codes(codes, bins, binning, classes), classes)
    if standardise:
        scaling = scaling_of(codes)
        codes, deviations = scaling(codes), deviations / scaling.deviation
    if estimator == "quantised":
        labels = labels_between(codes, bins, limits)
        check_cells(labels, bins, classes)
        warn_of_crowding(codes, labels)
        return quantised_entropies(codes, deviations, classes, bins, limits)
    if estimator != "sampling":
        raise CallError(f"unknown estimator {estimator!r}; known: quantised, sampling")
    return sampled_entropies(codes, deviations, classes, num_samples, np.random.RandomState(seed))

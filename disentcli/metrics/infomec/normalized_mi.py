"""Normalised mutual information of every code with every factor, by the estimator of one's choice."""

from __future__ import annotations

import numpy as np

from ..binning import binned_codes
from ..information import entropies, information_matrix, relabel
from .neighbours import neighbour_information
from .versions import InfoMECSettings


def normalised_information(
    codes: np.ndarray,
    code_indices: np.ndarray | None,
    classes: np.ndarray,
    settings: InfoMECSettings,
    seed: int,
) -> np.ndarray:
    """NMI (D, F): mutual information of codes (N, D) and classes (N, F) over an entropy; 0 / 0 is 0."""
    if settings.estimator == "neighbours":
        information = neighbour_information(codes, classes, settings.neighbours, seed)
        return information / _divisor(np.ones(len(information)), entropies(classes), settings.normalisation)
    if settings.estimator == "binned":
        labels = binned_codes(codes, settings.bins, classes=classes)
    else:
        labels = relabel(codes if code_indices is None else code_indices)
    information = information_matrix(labels, classes)
    divisor = _divisor(entropies(labels), entropies(classes), settings.normalisation)
    return np.divide(information, divisor, out=np.zeros_like(information), where=divisor > 0)


def _divisor(of_codes: np.ndarray, of_factors: np.ndarray, normalisation: str) -> np.ndarray:
    """What each entry (D, F) is divided by, from entropies (D,) and (F,)."""
    code, factor = np.broadcast_arrays(of_codes[:, None], of_factors[None])
    return {
        "factors": factor,
        "codes": code,
        "geometric-mean": np.sqrt(code * factor),
        "arithmetic-mean": (code + factor) / 2,
        "none": np.ones(code.shape),
    }[normalisation]

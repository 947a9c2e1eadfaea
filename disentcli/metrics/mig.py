"""The mutual information gap."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .classes import histogram_bins, varying_classes
from .information import entropy, information_matrix


class MIG(TypedDict):
    mig: float
    per_factor: np.ndarray
    mutual_information: np.ndarray
    factor_entropy: np.ndarray


@metric("mig")
def mig(codes: np.ndarray, factors: np.ndarray, *, bins: int = 20) -> MIG:
    """Mutual information gap: mean over factors k of (I₁ₖ − I₂ₖ) / H(vₖ), the two most informative codes.

    Codes (N, D) are cut into `bins` equal-width bins; factors (N, F) are classes (continuous ones are cut
    into 10 quantiles). With 20 bins a perfect code of a factor with more than 20 values stays below 1.
    Arrays: `mutual_information` (D, F) and `factor_entropy` (F,) in nats, `per_factor` (F,).
    Source: Chen et al. 2018, eq. 6, as computed by Locatello et al. 2019.

    >>> factors = np.stack([np.arange(40) % 2, np.arange(40) % 5], axis=1)
    >>> round(mig(factors.astype(float), factors)["mig"], 6)
    1.0
    """
    if codes.shape[1] < 2:
        raise Unsupported("the gap between two codes needs a latent-dim of at least 2, got 1")
    classes = varying_classes(factors)
    information = information_matrix(histogram_bins(codes, bins), classes)
    entropies = np.array([entropy(column) for column in classes.T])
    ranked = np.sort(information, axis=0)[::-1]
    gaps = (ranked[0] - ranked[1]) / entropies
    return MIG(
        mig=float(gaps.mean()),
        per_factor=gaps,
        mutual_information=information,
        factor_entropy=entropies,
    )

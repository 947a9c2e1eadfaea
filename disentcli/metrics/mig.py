"""The mutual information gap, and the highest one that its bins allow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .discretize import Binning, binned_codes, histogram_bins, quantile_bins, varying_factor_classes
from .information import entropies, entropy, information_matrix
from .points import validate_points


class _MIG(TypedDict):
    mig: float
    per_factor: np.ndarray
    mutual_information: np.ndarray
    factor_entropy: np.ndarray


class MIG(_MIG, total=False):
    """The score, what it is made of, and its ceiling for these factors."""

    ceiling: float


@metric("mig")
def mig(codes: np.ndarray, factors: np.ndarray, *, bins: int = 20, binning: Binning = "width") -> MIG:
    """Mutual information gap: mean over factors k of (I₁ₖ − I₂ₖ) / H(vₖ), the two most informative codes.

    Codes (N, D) are cut into `bins` bins of equal width, or of equal numbers of points (`binning`), which
    outliers do not move; factors (N, F) are classes (continuous ones are cut into 10 quantiles). With 20 bins
    a perfect code of a factor with more than 20 values stays below 1: its value is `ceiling`, for the grid of
    the factor values that occur (absent where factors are continuous). Arrays: `mutual_information` (D, F)
    and `factor_entropy` (F,) in nats, `per_factor` (F,).
    Source: Chen et al. 2018, eq. 6, as computed by Locatello et al. 2019.

    >>> factors = np.stack([np.arange(40) % 2, np.arange(40) % 5], axis=1)
    >>> round(mig(factors.astype(float), factors)["mig"], 6)
    1.0
    """
    codes, factors = validate_points(codes, factors)
    if codes.shape[1] < 2:
        raise Unsupported("the gap between two codes needs a latent-dim of at least 2, got 1")
    classes = varying_factor_classes(factors)
    information = information_matrix(binned_codes(codes, bins, binning, classes), classes)
    uncertainty = entropies(classes)
    ranked = np.sort(information, axis=0)[::-1]
    gaps = (ranked[0] - ranked[1]) / uncertainty
    result = MIG(
        mig=float(gaps.mean()),
        per_factor=gaps,
        mutual_information=information,
        factor_entropy=uncertainty,
    )
    sizes = [len(np.unique(column)) for column in factors.T]
    if all(size == len(np.unique(column)) for size, column in zip(sizes, classes.T, strict=True)):
        result["ceiling"] = mig_ceiling(sizes, bins, binning)  # no factor had to be cut into quantiles
    return result


def mig_ceiling(factor_sizes: Iterable[int], bins: int = 20, binning: Binning = "width") -> float:
    """MIG of a perfect representation of the full grid: one code a factor, linear in the factor's index.

    Such a code tells of its factor what its own bin does, the others nothing: mean of H(bin of vₖ) / H(vₖ).
    Factors with a single value are left out.

    >>> round(mig_ceiling([3, 6, 40, 32, 32]), 4)  # dSprites
    0.9024
    """
    sizes = [size for size in factor_sizes if size > 1]
    if not sizes:
        raise Unsupported("every factor has a single value: there is no gap to reach")
    indices = [np.arange(size)[:, None] for size in sizes]
    cut = quantile_bins if binning == "quantile" else histogram_bins
    kept = [entropy(cut(index, bins)) / entropy(index) for index in indices]
    return float(np.mean(kept))

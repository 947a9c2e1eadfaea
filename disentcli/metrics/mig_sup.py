"""MIG-sup: the gap seen from the codes, each of which should tell of one factor only."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .discretize import Binning, binned_codes, varying_factor_classes
from .information import entropies, information_matrix, row_gaps
from .points import validate_points


class MIGSup(TypedDict):
    """The score in its two published forms, and what they are made of."""

    mig_sup: float
    mig_sup_by_factors: float
    per_code: np.ndarray
    normalised_information: np.ndarray


@metric("mig_sup")
def mig_sup(codes: np.ndarray, factors: np.ndarray, *, bins: int = 20, binning: Binning = "width") -> MIGSup:
    """MIG-sup: mean over codes i of (I(zᵢ, v₁) − I(zᵢ, v₂)) / H(zᵢ), v₁ and v₂ the factors it tells most of.

    This is the form of Zaidi et al. 2020 (arXiv 2012.09276): divided by the entropy of the code, so that a
    fine code of a coarse factor loses. `mig_sup_by_factors` ranks and subtracts I(zᵢ, vₖ) / H(vₖ) instead, as
    J. Boilard's disentanglement_lib. Codes (N, D) are cut into `bins` bins (`binning` as of `mig`; 10 in
    Zaidi et al.), factors (N, F) are classes. Dead codes count as 0. Together with MIG it says whether codes
    and factors correspond one to one. Source: Li et al. 2020 (arXiv 2002.10549).

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> round(mig_sup(factors.astype(float), factors)["mig_sup"], 6)
    1.0
    """
    codes, factors = validate_points(codes, factors)
    if factors.shape[1] < 2:
        raise Unsupported("the gap between two factors needs at least 2 factors, got 1")
    classes = varying_factor_classes(factors)
    labels = binned_codes(codes, bins, binning, classes)
    information = information_matrix(labels, classes)
    normalised, uncertainty = information / entropies(classes), entropies(labels)
    gaps = row_gaps(information)
    per_code = np.divide(gaps, uncertainty, out=np.zeros_like(gaps), where=uncertainty > 0)
    return MIGSup(
        mig_sup=float(per_code.mean()),
        mig_sup_by_factors=float(row_gaps(normalised).mean()),
        per_code=per_code,
        normalised_information=normalised,
    )

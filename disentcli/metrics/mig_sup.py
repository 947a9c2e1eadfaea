"""MIG-sup: the gap seen from the codes, each of which should tell of one factor only."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .classes import histogram_bins, varying_classes
from .information import entropies, information_matrix
from .points import checked


class MIGSup(TypedDict):
    mig_sup: float
    per_code: np.ndarray
    normalised_information: np.ndarray


@metric("mig_sup")
def mig_sup(codes: np.ndarray, factors: np.ndarray, *, bins: int = 20) -> MIGSup:
    """MIG-sup: mean over codes i of I₁ᵢ − I₂ᵢ, the two factors it tells most of, I = I(zᵢ, vₖ) / H(vₖ).

    Codes (N, D) are cut into `bins` equal-width bins, factors (N, F) are classes. Dead codes count as 0, as
    published. Together with MIG it says whether codes and factors correspond one to one.
    Source: Li et al. 2020 (arXiv 2002.10549), as computed by Zaidi et al. 2020 (arXiv 2012.09276).
    """
    codes, factors = checked(codes, factors)
    if factors.shape[1] < 2:
        raise Unsupported("the gap between two factors needs at least 2 factors, got 1")
    classes = varying_classes(factors)
    information = information_matrix(histogram_bins(codes, bins), classes) / entropies(classes)
    ranked = np.sort(information, axis=1)
    gaps = ranked[:, -1] - ranked[:, -2]
    return MIGSup(mig_sup=float(gaps.mean()), per_code=gaps, normalised_information=information)

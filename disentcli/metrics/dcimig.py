"""DCIMIG: every factor credited with the code that is most exclusively its own."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .discretize import Binning, binned_codes, varying_factor_classes
from .information import entropies, information_matrix, row_gaps
from .points import validate_points


class DCIMIG(TypedDict):
    """The score in its three published forms, and what they are made of."""

    dcimig: float
    dcimig_mean_of_ratios: float
    dcimig_nats: float
    per_factor: np.ndarray
    mutual_information: np.ndarray
    factor_entropy: np.ndarray


@metric("dcimig")
def dcimig(codes: np.ndarray, factors: np.ndarray, *, bins: int = 20, binning: Binning = "width") -> DCIMIG:
    """DCIMIG (3CharM): Σₖ Sₖ / Σₖ H(vₖ) over factors k, as computed by Zaidi et al. 2020 (arXiv 2012.09276).

    Code i has the gap Dᵢ between the two factors that it tells most of, credited to the first one; Sₖ is the
    largest gap credited to factor k, 0 if there is none. `dcimig_mean_of_ratios` is the mean of Sₖ / H(vₖ),
    which weighs all factors alike, and `dcimig_nats` the mean of Sₖ: the two forms of J. Boilard's
    disentanglement_lib. Codes (N, D) are cut into `bins` bins (`binning` as of `mig`; 10 in the code of Zaidi
    et al.).
    Source: Sepliarskaia et al. 2019 (arXiv 1910.05587).

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> round(dcimig(factors.astype(float), factors)["dcimig"], 6)
    1.0
    """
    codes, factors = validate_points(codes, factors)
    classes = varying_factor_classes(factors)
    information = information_matrix(binned_codes(codes, bins, binning, classes), classes)
    uncertainty = entropies(classes)
    credit = exclusive_information(information)
    return DCIMIG(
        dcimig=float(credit.sum() / uncertainty.sum()),
        dcimig_mean_of_ratios=float((credit / uncertainty).mean()),
        dcimig_nats=float(credit.mean()),
        per_factor=credit / uncertainty,
        mutual_information=information,
        factor_entropy=uncertainty,
    )


def exclusive_information(information: np.ndarray) -> np.ndarray:
    """Sₖ (F,) of an information matrix (D, F), F ≥ 2."""
    if information.shape[1] < 2:
        raise Unsupported("the gap between two factors needs at least 2 factors, got 1")
    credit = np.zeros(information.shape[1])
    np.maximum.at(credit, information.argmax(axis=1), row_gaps(information))
    return credit

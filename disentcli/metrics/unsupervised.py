"""How much the codes depend on each other, without factors: Gaussian total correlation and its relatives."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..errors import Unsupported
from ..registry import metric
from .discretize import Binning, binned_codes
from .information import information_matrix
from .metric_warnings import check_codes
from .points import validate_matrix
from .standardize import common_unit, rescaled, units_of, warn_of_rounding, without_rounding


class Unsupervised(TypedDict):
    """The scores, and the covariance and mutual information (D, D) of the codes."""

    gaussian_total_correlation: float
    gaussian_wasserstein_correlation: float
    gaussian_wasserstein_correlation_norm: float
    mutual_info_score: float
    covariance: np.ndarray
    mutual_information: np.ndarray


@metric("unsupervised")
def unsupervised(codes: np.ndarray, *, bins: int = 20, binning: Binning = "width") -> Unsupervised:
    """Dependence among the codes (N, D): all four are 0 where the codes are independent; less is better.

    Of the Gaussian with the codes' covariance Σ: its total correlation, its squared Wasserstein distance to
    the one of independent codes, in units of the codes squared, and that divided by tr Σ. Of codes cut into
    `bins` bins (`binning` as of `mig`): the mean mutual information of two different ones. Where a code is a
    linear function of others, the total correlation is infinite. Arrays: `covariance` and
    `mutual_information` (D, D), the latter's diagonal 0. Raises Unsupported with fewer than 2 codes or
    points, or if no code varies.
    Source: Locatello et al. 2019 (disentanglement_lib, unsupervised metrics).

    >>> grid = np.stack(np.unravel_index(np.arange(12), (3, 4)), axis=1)
    >>> abs(round(unsupervised(grid)["gaussian_total_correlation"], 9))
    0.0
    """
    codes = validate_matrix(codes)
    warn_of_rounding(codes)
    codes = without_rounding(codes)
    points, latent_dim = codes.shape
    if latent_dim < 2:
        raise Unsupported("codes can only depend on each other if there are at least 2, got 1")
    if points < 2:
        raise Unsupported("a covariance needs at least 2 points, got 1")
    if (np.ptp(codes, axis=0) == 0).all():
        raise Unsupported(f"all {latent_dim} codes are constant over these {points:,} points")
    check_codes(points, latent_dim)
    unit = common_unit(codes)
    covariance = np.cov((codes / unit).T)
    wasserstein = gaussian_wasserstein_correlation(covariance)
    labels = binned_codes(codes, bins, binning)
    information = information_matrix(labels, labels)
    np.fill_diagonal(information, 0.0)
    return Unsupervised(
        gaussian_total_correlation=gaussian_total_correlation(np.cov((codes / units_of(codes)).T)),
        gaussian_wasserstein_correlation=float(rescaled(wasserstein, unit, 2)),
        gaussian_wasserstein_correlation_norm=wasserstein / float(np.trace(covariance)),
        mutual_info_score=float(information.sum() / (latent_dim * (latent_dim - 1))),
        covariance=rescaled(covariance, unit, 2),
        mutual_information=information,
    )


def gaussian_total_correlation(covariance: np.ndarray) -> float:
    """½ (Σᵢ ln Σᵢᵢ − ln det Σ) of a covariance matrix (D, D), codes without variance left out.

    Computed as −½ ln det of the correlation matrix; infinite where that is singular.

    >>> round(gaussian_total_correlation(np.array([[1.0, 0.6], [0.6, 1.0]])), 6)  # −½ ln(1 − 0.6²)
    0.223144
    """
    variances = np.diag(covariance)
    alive = np.flatnonzero(variances > 0)
    deviations = np.sqrt(variances[alive])
    correlation = covariance[np.ix_(alive, alive)] / np.outer(deviations, deviations)
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(alive):
        return float("inf")
    return float(-np.linalg.slogdet(correlation)[1] / 2)


def gaussian_wasserstein_correlation(covariance: np.ndarray) -> float:
    """2 tr Σ − 2 tr (Δ Σ)^½ of a covariance matrix Σ (D, D), Δ its diagonal.

    The eigenvalues of Δ Σ are those of Δ^½ Σ Δ^½, which is symmetric.
    """
    deviations = np.sqrt(np.diag(covariance))
    eigenvalues = np.linalg.eigvalsh(deviations[:, None] * covariance * deviations)
    return float(2 * np.trace(covariance) - 2 * np.sqrt(np.clip(eigenvalues, 0, None)).sum())

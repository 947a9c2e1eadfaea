"""The interventional robustness score, of given points and of points drawn for it."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import CallError
from ..registry import metric
from .discretize import factor_classes, histogram_bins, varying_factor_classes
from .metric_warnings import check_classes
from .points import validate_points
from .sampling import BATCH, FactorSampler, draw_points
from .standardize import common_unit, rescaled


class IRS(TypedDict):
    """The score, and what it is made of: `irs_matrix` (D, F), `max_deviations` (D,)."""

    irs: float
    num_active_dims: float
    irs_matrix: np.ndarray
    max_deviations: np.ndarray


@metric("irs")
def irs(codes: np.ndarray, factors: np.ndarray, *, quantile: float = 0.99, bins: int | None = 20) -> IRS:
    """Interventional robustness: how little each code changes while its best factor is held fixed.

    IRS[i, j] = 1 − mean over values v of factor j of Q(|zᵢ − mean(zᵢ | v)|) / max |zᵢ − mean zᵢ|, Q the
    `quantile` over the points with that value (1.0 is the paper's maximum). The score is the mean over codes
    of max_j IRS[i, j], weighted by their largest deviation; it can be negative, and is 0 if no code varies.
    Factors are cut into `bins` equal-width bins, so that 40 values become 20 groups; None keeps their values
    (10 quantiles where they are continuous). Constant codes do not count: `num_active_dims` is the number of
    the others. Arrays: `irs_matrix` (D, F), `max_deviations` (D,), both 0 for constant codes.
    Source: Suter et al. 2019, as computed by Locatello et al. 2019.

    >>> factors = np.stack(np.unravel_index(np.arange(12), (3, 4)), axis=1)
    >>> irs(factors.astype(float), factors)["irs"]
    1.0
    """
    if not 0 < quantile <= 1:
        raise CallError(f"quantile must lie above 0 and not above 1, got {quantile}")
    codes, factors = validate_points(codes, factors)
    check_classes(len(codes), varying_factor_classes(factors))
    unit = common_unit(codes)
    codes = codes / unit
    groups = factor_classes(factors) if bins is None else histogram_bins(factors, bins)
    deviations = np.abs(codes - codes.mean(axis=0)).max(axis=0)
    active = np.ptp(codes, axis=0) > 0
    deviations[~active] = 0
    matrix = np.zeros((codes.shape[1], groups.shape[1]))
    remaining = np.stack([_deviation_within(codes[:, active], group, quantile) for group in groups.T], axis=1)
    matrix[active] = 1 - remaining / deviations[active, None]
    score = np.average(matrix.max(axis=1), weights=deviations) if active.any() else 0.0
    return IRS(
        irs=float(score),
        num_active_dims=float(active.sum()),
        irs_matrix=matrix,
        max_deviations=rescaled(deviations, unit),
    )


@metric("irs_sampled")
def irs_sampled(
    sampler: FactorSampler,
    random_state: np.random.RandomState,
    *,
    num_train: Count = 10_000,
    batch_size: Count = BATCH,
    quantile: float = 0.99,
    bins: int | None = 20,
) -> IRS:
    """`irs` of `num_train` points drawn for it, as disentanglement_lib draws them.

    >>> from disentcli.metrics.sampling import FunctionFactorSampler
    >>> sampler = FunctionFactorSampler((4, 5), lambda factors: factors)
    >>> irs_sampled(sampler, np.random.RandomState(0), num_train=500)["irs"]
    1.0
    """
    codes, factors = draw_points(sampler, num_train, random_state, batch_size)
    return irs(codes, factors, quantile=quantile, bins=bins)


def _deviation_within(codes: np.ndarray, group: np.ndarray, quantile: float) -> np.ndarray:
    """Mean over groups of the quantile of |z − mean of the group|, for each code (D,)."""
    order = np.argsort(group, kind="stable")
    _, starts = np.unique(group[order], return_index=True)
    parts = np.split(codes[order], starts[1:])
    return np.mean(
        [np.quantile(np.abs(part - part.mean(axis=0)), quantile, axis=0) for part in parts], axis=0
    )

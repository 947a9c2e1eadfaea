"""The robust mutual information gap, of codes that are distributions."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import Unsupported
from ..registry import metric
from .discretize import Binning
from .noisy_codes import Estimator, noisy_entropies


class RMIG(TypedDict):
    """The score, and what it is made of."""

    rmig: float
    rmig_nats: float
    per_factor: np.ndarray
    mutual_information: np.ndarray
    factor_entropy: np.ndarray


@metric("rmig")
def rmig(
    codes: np.ndarray,
    factors: np.ndarray,
    code_std: np.ndarray | None = None,
    seed: int = 0,
    *,
    estimator: Estimator = "quantised",
    bins: int = 100,
    binning: Binning = "width",
    limits: tuple[float, float] = (-4.0, 4.0),
    standardise: bool = True,
    num_samples: Count = 10_000,
) -> RMIG:
    """Robust MIG: mean over factors k of (I₁ₖ − I₂ₖ) / H(vₖ), I between vₖ and z ~ N(code, code_std²).

    Codes and their standard deviations (N, D); without any the encoder is deterministic. `quantised` cuts
    codes into `bins` between `limits` (or, with `binning: quantile` and no noise, into bins of equal numbers
    of points, of the codes as they come), `sampling` averages over `num_samples` draws of z, with
    `RandomState(seed)`. `standardise` first gives every code mean 0 and deviation 1 over the points; the
    published code leaves it out, for codes that a prior N(0, 1) has shaped. `rmig_nats` is not divided by H.
    Source: Do & Tran 2020 (arXiv 1908.09961).

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> round(rmig(factors.astype(float), factors)["rmig"], 6)
    1.0
    """
    found = noisy_entropies(
        codes,
        factors,
        code_std,
        estimator=estimator,
        bins=bins,
        binning=binning,
        limits=limits,
        standardise=standardise,
        num_samples=num_samples,
        seed=seed,
    )
    gaps = gap_of_two(found.information)
    return RMIG(
        rmig=float((gaps / found.factors).mean()),
        rmig_nats=float(gaps.mean()),
        per_factor=gaps / found.factors,
        mutual_information=found.information,
        factor_entropy=found.factors,
    )


def gap_of_two(information: np.ndarray) -> np.ndarray:
    """Largest minus second largest information (F,) of the codes (D, F) about each factor."""
    if len(information) < 2:
        raise Unsupported("the gap between two codes needs a latent-dim of at least 2, got 1")
    ranked = np.sort(information, axis=0)
    return ranked[-1] - ranked[-2]

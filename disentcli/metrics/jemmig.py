"""The joint entropy minus mutual information gap, of codes that are distributions."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..config.coercion import Count
from ..errors import Unsupported
from ..registry import metric
from .discretize import Binning
from .noisy_codes import Estimator, noisy_entropies
from .points import validate_matrix
from .rmig import gap_of_two
from .standardize import constant_codes


class _JEMMIG(TypedDict):
    jemmig: float
    per_factor: np.ndarray
    joint_entropy: np.ndarray
    mutual_information: np.ndarray


class JEMMIG(_JEMMIG, total=False):
    """The score in its three published forms, and what they are made of."""

    jemmig_normalised: float
    jemmig_inverted: float
    normalised_per_factor: np.ndarray


@metric("jemmig")
def jemmig(
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
) -> JEMMIG:
    """JEMMIG: mean over factors k of H(z₁, vₖ) − I₁ₖ + I₂ₖ in nats, z₁ the code that tells most of vₖ.

    Low is good. z ~ N(code, code_std²); arguments as of `rmig`. `jemmig_normalised` divides by H(vₖ) + ln
    bins and lies between 0 and 1; `jemmig_inverted` is 1 minus that, high is good: the form of Zaidi et al.
    2020 (arXiv 2012.09276). Both need bins: `sampling` gives differential entropies, which may be negative.
    Source: Do & Tran 2020 (arXiv 1908.09961).

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> round(jemmig(factors.astype(float), factors)["jemmig_inverted"], 6)
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
    if code_std is None and constant_codes(validate_matrix(codes)).all():  # its entropy of 0 is no merit
        raise Unsupported(
            f"no code varies over these {len(codes):,} points, so none has information on a factor"
        )
    gaps = gap_of_two(found.information)
    best = found.information.argmax(axis=0)
    per_factor = found.joint[best, np.arange(len(best))] - gaps
    result = JEMMIG(
        jemmig=float(per_factor.mean()),
        per_factor=per_factor,
        joint_entropy=found.joint,
        mutual_information=found.information,
    )
    if estimator == "quantised":
        normalised = per_factor / (found.factors + np.log(bins))
        result["jemmig_normalised"] = float(normalised.mean())
        result["jemmig_inverted"] = 1 - float(normalised.mean())
        result["normalised_per_factor"] = normalised
    return result

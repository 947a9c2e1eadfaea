"""Unsupervised disentanglement ranking: a run is good if other runs found the same codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypedDict

import numpy as np

from ..errors import CallError, Unsupported
from ..registry import metric
from .linear_models import lasso
from .metric_warnings import check_codes
from .points import validate_matrix
from .standardize import scaling_of, without_rounding

Variant = Literal["lasso", "spearman"]


class UDR(TypedDict):
    """Mean and best of the runs, each run (R,), and each pair of runs (R, R)."""

    mean: float
    max: float
    per_run: np.ndarray
    pairwise: np.ndarray


@metric("udr")
def udr(
    codes_of_runs: Sequence[np.ndarray],
    kls: Sequence[np.ndarray] | None = None,
    *,
    variant: Variant = "lasso",
    alpha: float = 0.1,
    kl_threshold: float = 0.01,
) -> UDR:
    """Agreement of each run with the others, one code to one code; the best run is the largest of `per_run`.

    From run a to run b, R (D, D') holds |coefficients| of the Lasso (weight `alpha`) that predicts the
    standardised codes of b from those of a, or |Spearman correlations|. `pairwise[a, b]` is
    `relative_strength(R)`, `per_run[b]` the median of it over a ≠ b. Row n of every run's codes (N, D) must
    come from the same image; D may differ. Codes whose mean KL divergence from the prior, `kls` (D,) of
    each run, is at most `kl_threshold` are left out, constant ones always; a run without any scores 0.
    Raises Unsupported with fewer than 2 runs or 2 points.
    Source: Duan et al. 2020 (arXiv 1905.12614), as computed by disentanglement_lib.

    >>> codes = np.random.default_rng(0).normal(size=(500, 3))
    >>> round(udr([codes, -codes[:, ::-1]])["mean"], 1)  # the Lasso takes alpha from a perfect 1
    0.9
    """
    if variant not in ("lasso", "spearman"):
        raise CallError(f"unknown variant {variant!r} of udr; known: lasso, spearman")
    runs = _informative(codes_of_runs, kls, kl_threshold)
    check_codes(len(runs[0]), max(codes.shape[1] for codes in runs))
    if variant == "spearman":
        from scipy.stats import rankdata

        runs = [rankdata(codes, axis=0) for codes in runs]
    runs = [scaling_of(codes)(codes) for codes in runs]
    pairwise = _pairwise(runs, None if variant == "spearman" else alpha)
    others = ~np.eye(len(runs), dtype=bool)
    per_run = np.array([np.median(pairwise[others[:, b], b]) for b in range(len(runs))])
    return UDR(mean=float(per_run.mean()), max=float(per_run.max()), per_run=per_run, pairwise=pairwise)


def relative_strength(correlations: np.ndarray) -> float:
    """½ (mean over columns + mean over rows) of max² / Σ of a matrix ≥ 0; a line of zeros gives 0."""
    if not correlations.size:
        return 0.0
    means = []
    for axis in (0, 1):
        largest, total = correlations.max(axis=axis), correlations.sum(axis=axis)
        means.append(np.mean(largest**2 / np.where(total > 0, total, 1.0)))
    return float(np.mean(means))


def _pairwise(runs: list[np.ndarray], alpha: float | None) -> np.ndarray:
    """Relative strengths (R, R) between standardised codes; the diagonal, which does not count, is 0."""
    pairwise = np.zeros((len(runs), len(runs)))
    together, ends = np.concatenate(runs, axis=1), np.cumsum([codes.shape[1] for codes in runs])
    for a, codes in enumerate(runs):
        correlations = codes.T @ together / len(together)
        if alpha is not None:
            correlations = lasso(codes.T @ codes / len(codes), correlations, alpha)
        for b, part in enumerate(np.split(np.abs(correlations), ends[:-1], axis=1)):
            pairwise[a, b] = 0.0 if a == b else relative_strength(part)
    return pairwise


def _informative(
    codes_of_runs: Sequence[np.ndarray], kls: Sequence[np.ndarray] | None, threshold: float
) -> list[np.ndarray]:
    """The runs' codes, checked, without those that carry no information."""
    runs = [
        without_rounding(validate_matrix(codes, f"codes of run {r}")) for r, codes in enumerate(codes_of_runs)
    ]
    if len(runs) < 2:
        raise Unsupported(f"runs are compared with each other: at least 2 are needed, got {len(runs)}")
    if len({len(codes) for codes in runs}) > 1:
        counts = ", ".join(f"{len(codes):,}" for codes in runs)
        raise CallError(f"the runs need codes of the same images, but have {counts} rows")
    if len(runs[0]) < 2:
        raise Unsupported("a correlation needs at least 2 points, got 1")
    keep = [np.ptp(codes, axis=0) > 0 for codes in runs]
    if kls is not None:
        if [np.shape(kl) for kl in kls] != [codes.shape[1:] for codes in runs]:
            raise CallError("kls must hold, for each run, one number for each of its codes")
        keep = [alive & (np.asarray(kl) > threshold) for alive, kl in zip(keep, kls, strict=True)]
    return [codes[:, kept] for codes, kept in zip(runs, keep, strict=True)]

"""InfoM, InfoE and InfoC of codes and factors."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, get_args

import numpy as np

from ...errors import CallError, Unsupported
from ...registry import metric
from ..discretize import varying_factor_classes
from ..metric_warnings import check_training, most_classes
from ..points import validate_matrix, validate_points
from . import ratios
from .explicitness import classify, features_of, regress
from .mutual_information import normalised_information
from .ratios import ActivityRule
from .versions import InfoMECSettings, version_settings

ExplicitnessKind = Literal["both", "classification", "regression", "none"]


class _InfoMEC(TypedDict):
    infom: float
    infoc: float
    infom_gap: float
    infoc_gap: float
    infoc_gap_active: float
    normalised_information: np.ndarray
    active: np.ndarray
    settings: dict[str, Any]


class InfoMEC(_InfoMEC, total=False):
    """The scores, the normalised mutual information (D, F), and the settings in use."""

    infoe: float
    infoe_regression: float
    cross_entropy: np.ndarray
    iterations: np.ndarray
    r2: np.ndarray


@metric("infomec")
def infomec(
    codes: np.ndarray,
    factors: np.ndarray,
    code_indices: np.ndarray | None = None,
    seed: int = 0,
    *,
    version: str = "standalone",
    estimator: str | None = None,
    neighbours: int | None = None,
    bins: int | str | None = None,
    pruning: str | None = None,
    one_hot: bool | None = None,
    max_iter: int | None = None,
    normalisation: str | None = None,
    explicitness: ExplicitnessKind = "both",
) -> InfoMEC:
    """Modularity, explicitness and compactness from mutual information and linear prediction.

    infom, infoc: `ratios.modularity_ratio` and `compactness_ratio` of the normalised mutual information P of
    active codes (N, D) with factors (N, F); *_gap: largest minus second largest entry of P (infoc_gap over
    all codes, as published). infoe: 1 − cross-entropy / ln classes of logistic regressions on all codes,
    infoe_regression: R² of least squares; both on the points they fit; `explicitness` names which of them are
    wanted. With `code_indices` (N, D), the value that each quantised code has, codes are discrete.

    `version` (v1-snapshot, standalone, tripod, factorqvae) sets the rest, an option replaces one setting of
    it; `settings` of the result holds all of them. They are described in `versions.py`. `seed` moves the
    tiny noise by which `neighbours` tells equal codes apart; few-valued codes have a spread of 0.01 from it.
    `iterations` (F,) equal to `max_iter` means that InfoE's regression stopped there, as published.
    Source: Hsu et al. 2023 (arXiv 2305.18378), section 4; Hsu et al. 2024 (Tripod) for that version.

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> scores = infomec(factors.astype(float), factors, estimator="binned", explicitness="none")
    >>> round(scores["infom"], 6), round(scores["infoc"], 6)
    (1.0, 1.0)
    """
    codes, factors = validate_points(codes, factors)
    if factors.shape[1] < 2:
        raise Unsupported("InfoM compares factors with each other: it needs at least 2, got 1")
    if explicitness not in get_args(ExplicitnessKind):
        raise CallError(
            f"explicitness is one of {', '.join(get_args(ExplicitnessKind))}, not {explicitness!r}"
        )
    indices = _validate_indices(code_indices, codes)
    chosen = version_settings(
        version,
        discrete=indices is not None,
        estimator=estimator,
        neighbours=neighbours,
        bins=bins,
        pruning=pruning,
        one_hot=one_hot,
        max_iter=max_iter,
        normalisation=normalisation,
    )
    classes = varying_factor_classes(factors)
    check_training(len(codes), most_classes(classes), codes.shape[1])
    information = normalised_information(codes, indices, classes, chosen, seed)
    pruned = indices if chosen.by_index and indices is not None else codes
    result = _summary(information, ActivityRule.parse(chosen.pruning).active(pruned), chosen)
    features = features_of(codes, indices if chosen.one_hot else None)
    if explicitness in ("both", "classification"):
        fitted = classify(features, classes, chosen.max_iter, chosen.clipped)
        result["infoe"] = fitted.score
        result["cross_entropy"], result["iterations"] = fitted.cross_entropy, fitted.iterations
    if explicitness in ("both", "regression"):
        result["r2"] = regress(features, factors)
        result["infoe_regression"] = float(result["r2"].mean())
    return result


def _summary(information: np.ndarray, active: np.ndarray, settings: InfoMECSettings) -> InfoMEC:
    return InfoMEC(
        infom=ratios.modularity_ratio(information, active),
        infoc=ratios.compactness_ratio(information, active),
        infom_gap=ratios.modularity_gap(information, active),
        infoc_gap=ratios.compactness_gap(information),
        infoc_gap_active=ratios.compactness_gap(information, active),
        normalised_information=information,
        active=active,
        settings=settings.record(),
    )


def _validate_indices(code_indices: np.ndarray | None, codes: np.ndarray) -> np.ndarray | None:
    if code_indices is None:
        return None
    indices = validate_matrix(code_indices, "code indices")
    if indices.shape != codes.shape:
        raise CallError(f"code indices are of shape {indices.shape}, the codes of shape {codes.shape}")
    return indices.astype(np.int64)

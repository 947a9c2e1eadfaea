"""MED: DCI's disentanglement and completeness, of mutual information instead of a classifier's weights."""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from ..errors import CallError, Unsupported
from ..registry import metric
from .dci import completeness_per_factor, disentanglement_per_code, weighted_mean
from .discretize import Binning, binned_codes, train_test_classes
from .information import information_matrix
from .linear_models import fit_logistic
from .metric_warnings import check_learnable
from .points import split_points
from .standardize import scaling_of


class MED(TypedDict):
    """The scores of DCI, and what they are means of."""

    disentanglement: float
    completeness: float
    informativeness_train: float
    informativeness_test: float
    importance: np.ndarray
    chosen_codes: np.ndarray
    disentanglement_per_code: np.ndarray
    completeness_per_factor: np.ndarray


@metric("med")
def med(
    codes: np.ndarray,
    factors: np.ndarray,
    test_codes: np.ndarray | None = None,
    test_factors: np.ndarray | None = None,
    *,
    train_size: int | None = None,
    seed: int = 0,
    bins: int = 20,
    binning: Binning = "width",
    top_k: int | None = None,
) -> MED:
    """MED: DCI of the importance Rᵢₖ = I(zᵢ, vₖ) / Σᵢ I(zᵢ, vₖ), codes cut into `bins` bins.

    `binning` as of `mig`. `top_k` (Top-k MED, for codes that are many) keeps for each factor, of the codes
    that matter most for it, the `top_k` most disentangled ones. Informativeness is the mean accuracy over
    factors of a logistic regression on all standardised codes. Codes (N, D), factors (N, F), split as
    `split_points` says, by `seed`.
    Source: Cao et al. 2022 (arXiv 2206.04756), and their code noahcao/disentanglement_lib.

    >>> factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    >>> codes = factors.astype(float)
    >>> round(med(codes, factors, codes, factors)["disentanglement"], 6)
    1.0
    """
    train, test = split_points(codes, factors, test_codes, test_factors, train_size, seed=seed)
    if train.codes.shape[1] < 2 or train.factors.shape[1] < 2:
        raise Unsupported(
            f"MED compares codes with each other and factors with each other: it needs at least 2 of both, "
            f"got {train.codes.shape[1]} and {train.factors.shape[1]}"
        )
    classes, test_classes = train_test_classes(train.factors, test.factors)
    check_learnable(len(train.codes), len(test.codes), classes, train.codes.shape[1])
    information = information_matrix(binned_codes(train.codes, bins, binning, classes), classes)
    totals = information.sum(axis=0)
    importance = np.divide(information, totals, out=np.zeros_like(information), where=totals > 0)
    kept = np.arange(len(importance)) if top_k is None else most_disentangled(importance, top_k)
    per_code = disentanglement_per_code(importance[kept])
    per_factor = completeness_per_factor(importance[kept])
    accuracies = _accuracies(train.codes, classes, test.codes, test_classes)
    return MED(
        disentanglement=weighted_mean(per_code, importance[kept].sum(axis=1)),
        completeness=weighted_mean(per_factor, importance[kept].sum(axis=0)),
        informativeness_train=float(accuracies[0].mean()),
        informativeness_test=float(accuracies[1].mean()),
        importance=importance,
        chosen_codes=kept,
        disentanglement_per_code=per_code,
        completeness_per_factor=per_factor,
    )


def most_disentangled(importance: np.ndarray, count: int) -> np.ndarray:
    """Codes of Top-k MED, in their order: for every factor the `count` most disentangled of those codes
    whose largest importance (D, F) is for it; equally disentangled ones in their order."""
    if count < 1:
        raise CallError(f"top-k is the number of codes kept a factor, at least 1, not {count}")
    order = np.argsort(-disentanglement_per_code(importance), kind="stable")
    favourite = importance.argmax(axis=1)
    chosen = [order[favourite[order] == f][:count] for f in range(importance.shape[1])]
    kept = np.sort(np.concatenate(chosen))
    if len(kept) < 2:
        raise Unsupported(f"of all factors, {len(kept)} codes were kept: completeness compares at least 2")
    return kept


def _accuracies(
    codes: np.ndarray, classes: np.ndarray, test_codes: np.ndarray, test_classes: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Training and test accuracy (F,) of logistic regressions with scikit-learn's defaults."""
    scaling = scaling_of(codes)
    codes, test_codes = scaling(codes), scaling(test_codes)
    models = [fit_logistic(codes, target, "lbfgs") for target in classes.T]
    train, test = (
        np.mean(
            [model.predict(points) == known for model, known in zip(models, labels.T, strict=True)], axis=1
        )
        for points, labels in ((codes, classes), (test_codes, test_classes))
    )
    return train, test

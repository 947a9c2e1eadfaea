"""How well a model that predicts the factors of images does so: R² and accuracy of each factor."""

from __future__ import annotations

import numpy as np
import torch

from ..latents.factor_latents import PredictedFactors
from ..methods.inference import Inference
from ..metrics.linear_models import explained

FactorScores = dict[str, float | None]


@torch.no_grad()
def factor_scores(inference: Inference, indices: np.ndarray) -> tuple[FactorScores, dict[str, str]]:
    """R² and accuracy of each factor that the model predicts, over these images; empty for other models.

    R² = 1 − mean squared error / variance of the factor's numbers among these images; of factors learned as
    classes, numbers are the places of the classes. accuracy: the share of images whose predicted class, that
    of the nearest number, is the true one. `r2` and `accuracy` are the means over factors that have them.

    Returns:
        The scores, null where there is none, and the reasons: a factor with a single number among the
        images has no R², real numbers have no accuracy. Factors with a single value are left out.
    """
    latent = getattr(inference.model, "latent", None)
    if not isinstance(latent, PredictedFactors):
        return {}, {}
    outputs = torch.from_numpy(inference.encode(indices)).to(latent.mean)
    factors = torch.from_numpy(np.array(inference.dataset.factors(indices))).to(outputs.device)
    classes, numbers = factors[:, latent.chosen], latent.target_numbers(factors)
    predicted = latent.predicted(outputs)
    right = (latent.predicted_classes(outputs) == classes).cpu().double().mean(0).numpy()
    r2 = explained(predicted.cpu().double().numpy(), numbers.cpu().double().numpy())
    constant = (numbers == numbers[0]).all(0).cpu().numpy()
    scores: dict[str, FactorScores] = {"r2": {}, "accuracy": {}}
    reasons: dict[str, str] = {}
    names, sizes = latent.factor_names[latent.chosen], latent.factor_sizes[latent.chosen]
    for k, (name, size) in enumerate(zip(names, sizes, strict=True)):
        if size == 1:
            continue
        scores["r2"][name] = None if constant[k] else float(r2[k])
        scores["accuracy"][name] = float(right[k]) if size else None
        if constant[k]:
            reasons[f"factors.r2.{name}"] = "the factor has a single value in these images"
        if not size:
            reasons[f"factors.accuracy.{name}"] = "the factor is a real number, which has no classes"
    return _with_means(scores), reasons


def _with_means(scores: dict[str, FactorScores]) -> FactorScores:
    """The mean of each kind of score in front of those of all factors, as `r2` and `r2.shape`."""
    found: FactorScores = {}
    for kind, by_factor in scores.items():
        known = [one for one in by_factor.values() if one is not None]
        found[kind] = float(np.mean(known)) if known else None
        found |= {f"{kind}.{name}": one for name, one in by_factor.items()}
    return found

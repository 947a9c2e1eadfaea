"""The range of each latent that a traversal covers, and its values there."""

from __future__ import annotations

import numpy as np
import torch

from ..errors import CallError
from ..latents.latent import STEPS, Latent
from ..suggestions import unknown

RANGES = {
    "quantiles": "the middle 95 % of its codes",
    "std": "its mean ± 2 standard deviations",
    "minmax": "all its codes, from the least to the largest",
    "fixed": "−2 to 2",
}


def latent_values(latent: Latent, codes: np.ndarray, rule: str, steps: int = STEPS) -> np.ndarray:
    """Values (D, steps) of each latent between the ends of its range; of a discrete one those in use."""
    low, high = traversal_range(latent, codes, rule).T
    return _default_values(latent, codes) if latent.discrete else np.linspace(low, high, steps, axis=1)


def traversal_range(latent: Latent, codes: np.ndarray, rule: str) -> np.ndarray:
    """The lowest and highest value (D, 2) of each latent, given codes (N, D) of the aggregate posterior.

    A discrete latent runs through the values in use, whatever the rule; CallError if there is no such rule.
    """
    check_range(rule)
    if latent.discrete or rule == "quantiles":
        return _default_values(latent, codes)[:, [0, -1]]
    if rule == "minmax":
        return np.stack([codes.min(axis=0), codes.max(axis=0)], axis=1)
    if rule == "fixed":
        return np.tile((-2.0, 2.0), (codes.shape[1], 1))
    mean, deviation = codes.mean(axis=0), codes.std(axis=0)
    return np.stack([mean - 2 * deviation, mean + 2 * deviation], axis=1)


def _default_values(latent: Latent, codes: np.ndarray) -> np.ndarray:
    return np.asarray(latent.traversal(torch.from_numpy(codes)).numpy())


def check_range(rule: str) -> None:
    """Raise CallError, with the nearest names, for a range that there is not."""
    if rule not in RANGES:
        raise CallError(unknown("range", rule, RANGES))


def describe_range(latent: Latent, rule: str) -> str:
    """What the values of a traversal are, in words."""
    return "the values in use" if latent.discrete else RANGES[rule]

"""Which latents a model uses, and by which criterion.

A latent with a prior is inactive where the variance of its mean code over images is at most 0.01 (Burda et
al., "Importance Weighted Autoencoders", 2016): the posterior is the prior, whatever the image. Codes without
a prior have no such scale; there a latent is inactive where the decoder does not answer to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import Unsupported
from ..latents.latent import Latent
from ..methods.inference import Inference
from ..metrics.infomec.ratios import ActivityRule
from ..metrics.standardize import without_rounding
from .sample_images import decode_varied, typical_codes
from .traversal_ranges import latent_values

LEAST_VARIANCE = 0.01  # of the mean code
LEAST_RESPONSE = 0.01  # of the largest response of the decoder
ACTIVITY_RULE = "range/20"  # of codes without a decoder
BY_VARIANCE = "in brackets: inactive, the mean code varies by at most 0.01 over images (Burda et al., 2016)"
BY_RESPONSE = "in brackets: inactive, the decoder answers with less than a hundredth of the largest response"
BY_RANGE = "in brackets: inactive, codes range over less than a twentieth of the widest latent's"


@dataclass(frozen=True)
class Activity:
    """Mask (D,) of the latents that a model uses, and what those it does not use have in common."""

    mask: np.ndarray
    criterion: str


def latent_activity(inference: Inference, codes: np.ndarray) -> Activity:
    """Which latents are active, of mean codes (N, D), by the criterion that fits the model."""
    try:
        latent = inference.decoding_model.latent
    except Unsupported:
        return Activity(active_by_range(codes), BY_RANGE)
    if has_prior_scale(latent):
        return Activity(active_by_variance(codes), BY_VARIANCE)
    return Activity(active_by_response(decoder_responses(inference, codes)), BY_RESPONSE)


def has_prior_scale(latent: Latent) -> bool:
    """Whether each dimension is drawn towards a prior of unit scale, from which it diverges."""
    return type(latent).divergences is not Latent.divergences


def active_by_variance(codes: np.ndarray) -> np.ndarray:
    """Mask (D,) of the latents whose mean code (N, D) varies by more than 0.01.

    >>> active_by_variance(np.array([[0.0, -1.0], [0.1, 1.0]])).tolist()
    [False, True]
    """
    return np.asarray(codes.var(axis=0) > LEAST_VARIANCE)


def active_by_response(sizes: np.ndarray) -> np.ndarray:
    """Mask (D,) of the latents to which the decoder answers by more than a hundredth of the largest (D,).

    >>> active_by_response(np.array([0.5, 0.004, 0.0])).tolist()
    [True, False, False]
    """
    return np.asarray(sizes > LEAST_RESPONSE * sizes.max(initial=0.0))


def active_by_range(codes: np.ndarray) -> np.ndarray:
    """Mask (D,) of the latents whose codes (N, D) range over more than a twentieth of the widest's.

    Those whose codes are constant but for rounding are not active.
    """
    return ActivityRule.parse(ACTIVITY_RULE).active(without_rounding(codes))


def decoder_responses(inference: Inference, codes: np.ndarray) -> np.ndarray:
    """How far the decoded observation moves (D,), root mean square, from one end of a latent to the other.

    The others are as in the most typical code; the ends are those of the middle 95 % of the codes.
    """
    latent = inference.decoding_model.latent
    ends = latent_values(latent, codes, "quantiles")[:, [0, -1]]
    images = decode_varied(inference, typical_codes(codes, 1), ends)[0]  # (D, 2, *shape)
    moved = (images[:, 1] - images[:, 0]).reshape(len(ends), -1)
    return np.asarray(np.sqrt(np.square(moved).mean(axis=1)))

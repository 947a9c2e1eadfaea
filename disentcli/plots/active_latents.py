"""Which latents a model uses, as its figures mark them."""

from __future__ import annotations

import numpy as np

from ..metrics.infomec.ratios import ActivityRule
from ..metrics.standardize import without_rounding

RULE = "range/20"
MEANING = "in brackets: inactive, with codes that range over less than a twentieth of the widest latent's"


def active_latents(codes: np.ndarray) -> np.ndarray:
    """Mask (D,) of the latents whose codes (N, D) range over more than a twentieth of the widest's.

    Those whose codes are constant but for rounding are not active.
    """
    return ActivityRule.parse(RULE).active(without_rounding(codes))

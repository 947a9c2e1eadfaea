"""Draws of a model's latents as plain arrays: what metrics of codes in a file can name without torch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class LatentSamples(NamedTuple):
    """Codes of the prior (n, D) and of the aggregate posterior (N, D), and responses (n, D) to the former.

    All are drawn: where codes have a distribution, none is its mean.
    """

    prior: np.ndarray
    posterior: np.ndarray
    responses: np.ndarray

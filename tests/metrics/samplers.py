"""Samplers of the reference inputs' families: the same codes for freshly drawn factors."""

from __future__ import annotations

import numpy as np

from disentcli.metrics.sampling import FunctionFactorSampler

from . import reference


class NoisySampler:
    """C: standardised factors and noise from the metric's own generator."""

    sizes = reference.SIZES

    def codes(self, factors: np.ndarray, rs: np.random.RandomState) -> np.ndarray:
        return reference.noisy_codes(factors, rs)


SAMPLERS = {
    "A": FunctionFactorSampler(reference.SIZES, lambda factors: factors.astype(float)),
    "C": NoisySampler(),
    "E": FunctionFactorSampler(reference.MIXED_SIZES, reference.quantised_codes),
}

"""Published metrics' values on fixed inputs, computed once by their authors' code, and those inputs.

Inputs: factors `RandomState(seed).randint(size, size=15000)` in turn, codes from them; rows 0…9999
train, the rest test. A: the codes are the factors. C: noisy standardised factors among noise. E: quantised
mixtures. MIG and DCI: google-research/disentanglement_lib 86a644d under scikit-learn 1.9.1. Responses:
felixludos/latent-responses 5e53e31, on an analytic autoencoder. reference.npz holds their arrays.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

SIZES = (3, 6, 40, 32, 32)
MIXED_SIZES = (10, 10, 10, 8, 4, 15)
TRAIN = 10_000

with np.load(Path(__file__).with_name("reference.npz"), allow_pickle=False) as _file:
    ARRAYS = dict(_file)


def standardised(factors: np.ndarray, sizes: tuple[int, ...]) -> np.ndarray:
    """Factor values (N, F) with mean 0 and variance 1 under the uniform distribution."""
    count = np.array(sizes)
    return (factors - (count - 1) / 2) / np.sqrt((count**2 - 1) / 12)


def identity_input() -> tuple[np.ndarray, np.ndarray]:
    """A: codes (15000, 5) and factors (15000, 5)."""
    factors, _ = _factors(SIZES, 101)
    return factors.astype(float), factors


def noisy_input() -> tuple[np.ndarray, np.ndarray]:
    """C: codes (15000, 10), five of them pure noise, and factors (15000, 5)."""
    factors, rng = _factors(SIZES, 103)
    return noisy_codes(factors, rng), factors


def noisy_codes(factors: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """Codes (N, 10) of family C, the noise drawn from `rng`."""
    noise = rng.randn(len(factors), 10)
    codes, places = noise.copy(), [3, 5, 6, 1, 4]
    codes[:, places] = standardised(factors, SIZES) + 0.5 * noise[:, places]
    return codes.astype(np.float32).astype(float)


def quantised_input() -> tuple[np.ndarray, np.ndarray]:
    """E: codes (15000, 12) with ten values each and factors (15000, 6)."""
    factors, _ = _factors(MIXED_SIZES, 105)
    return quantised_codes(factors), factors


def quantised_codes(factors: np.ndarray) -> np.ndarray:
    """Codes (N, 12) of family E."""
    mixed = standardised(factors, MIXED_SIZES) @ ARRAYS["quantised_weights"].T
    book = ARRAYS["quantised_codebook"]
    nearest = np.abs(mixed[:, :, None] - book[None]).argmin(axis=2)
    codes = ARRAYS["quantised_scale"] * book[np.arange(len(book)), nearest]
    return codes.astype(np.float32).astype(float)


def analytic_autoencoder(
    kind: str,
) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    """`respond` (codes → codes) and `encode_factors` (factors → codes) of the linear or tanh autoencoder."""
    squash = np.tanh if kind == "tanh" else np.positive

    def respond(codes: np.ndarray) -> np.ndarray:
        image = squash(codes @ ARRAYS["autoencoder_M"].T + ARRAYS["autoencoder_dec_bias"])
        return image @ ARRAYS["autoencoder_E"].T + ARRAYS["autoencoder_enc_bias"]

    return respond, lambda factors: respond(standardised(factors, MIXED_SIZES) @ ARRAYS["autoencoder_T"].T)


def _factors(sizes: tuple[int, ...], seed: int) -> tuple[np.ndarray, np.random.RandomState]:
    rng = np.random.RandomState(seed)
    return np.stack([rng.randint(size, size=15_000) for size in sizes], axis=1), rng

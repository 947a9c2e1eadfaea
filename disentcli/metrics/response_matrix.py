"""The matrix of latent responses: how each latent, encoded anew, changes when another one is replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from ..errors import CallError, Unsupported
from .standardize import ROUNDING, common_unit, constant_codes, units_of

Respond = Callable[[np.ndarray], np.ndarray]
"""encode(decode(codes)): codes (N, D) → responses (N, D), means where the encoder gives distributions."""

Variant = Literal["latent-responses", "sae-0.5.10", "sae-0.5.14"]
"""latent-responses: Leeb et al. 2022 (the default); sae-*: the two states of the SAE project in 2021."""

SAMPLES: dict[str, int] = {"latent-responses": 100, "sae-0.5.10": 100, "sae-0.5.14": 256}


def response_matrix(respond: Respond, codes: np.ndarray, bases: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Response matrix (D, D) of given interventions.

    Row j uses the codes (G, D) at `bases[j]` (n,) and replaces their latent j by that of the codes at
    `values[j]` (n,). An answer no larger than rounding, beside that latent's responses, is 0.
    """
    needed, where = np.unique(bases, return_inverse=True)
    before = np.asarray(respond(codes[needed]), np.float64)[where.reshape(bases.shape)]  # (D, n, D)
    latents = np.broadcast_to(np.arange(codes.shape[1])[:, None], bases.shape)
    interventions = np.stack([latents, bases, values], axis=-1).reshape(-1, 3)
    distinct, where = np.unique(interventions, axis=0, return_inverse=True)  # small groups repeat themselves
    latent, base, value = distinct.T
    replaced = codes[base]
    replaced[np.arange(len(distinct)), latent] = codes[value, latent]
    after = np.asarray(respond(replaced), np.float64)[where.reshape(bases.shape)]
    unit = common_unit(before)
    change = np.sqrt(np.square((after - before) / unit).mean(axis=1))
    size = np.abs(before / unit).max(axis=(0, 1))
    return np.where(change > ROUNDING * size, change, 0.0) * unit


def draw_pairs(
    group: int, latent_dim: int, num_samples: int, variant: Variant, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (D, n) of base codes and of the codes whose value replaces theirs, among `group` codes.

    latent-responses: fresh samples for every latent, the value always from another code. sae-0.5.10: one
    random order for all latents, the value is the next code's, n at most the group. sae-0.5.14: both drawn
    with replacement (in the traversals of `cds` it draws otherwise).
    """
    samples_of(variant)
    if num_samples < 1:
        raise CallError(f"responses need at least 1 sample, got {num_samples}")
    if group < 2:
        raise Unsupported(f"an intervention needs at least 2 codes to take values from, got {group}")
    if variant == "sae-0.5.10":
        order = rng.permutation(group)[:num_samples]
        return np.tile(order, (latent_dim, 1)), np.tile(np.roll(order, -1), (latent_dim, 1))
    if variant == "sae-0.5.14":
        shape = (latent_dim, num_samples)
        return rng.integers(group, size=shape), rng.integers(group, size=shape)
    bases = np.stack([_select(group, num_samples, rng) for _ in range(latent_dim)])
    others = rng.integers(1, group, size=bases.shape)
    return bases, (bases + others) % group


def samples_of(variant: Variant) -> int:
    """How many samples a variant of the response matrix takes."""
    if variant not in SAMPLES:
        raise CallError(f"unknown variant {variant!r}; known: {', '.join(SAMPLES)}")
    return SAMPLES[variant]


def response_scale(codes: np.ndarray, variant: Variant) -> np.ndarray | float:
    """What each column of a response matrix is divided by: 1, or the codes' standard deviation (D,)."""
    if variant != "sae-0.5.10":
        return 1.0
    unit = units_of(codes)
    deviation = (codes / unit).std(axis=0, ddof=1) * unit
    return np.where(constant_codes(codes), 1.0, deviation)  # a constant code never answers: 0 / 1


def _select(group: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` indices below `group`, without repetition where there are enough."""
    return rng.integers(group, size=count) if count > group else rng.permutation(group)[:count]

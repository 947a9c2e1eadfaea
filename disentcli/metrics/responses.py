"""Latent responses: how each latent, encoded anew, answers when another one is replaced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypedDict

import numpy as np

from ..errors import DisentError, Unsupported
from ..registry import metric

Respond = Callable[[np.ndarray], np.ndarray]
"""encode(decode(codes)): codes (N, D) → responses (N, D), means where the encoder gives distributions."""

Variant = Literal["latent-responses", "sae-0.5.10", "sae-0.5.14"]
"""latent-responses: Leeb et al. 2022 (the default); sae-*: the two states of the SAE project in 2021."""

SAMPLES: dict[str, int] = {"latent-responses": 100, "sae-0.5.10": 100, "sae-0.5.14": 256}


class Responses(TypedDict):
    response_matrix: np.ndarray


@metric("responses")
def responses(
    codes: np.ndarray,
    respond: Respond,
    rng: np.random.Generator,
    *,
    num_samples: int | None = None,
    variant: Variant = "latent-responses",
) -> Responses:
    """Latent response matrix (D, D): row j is the replaced latent, column k the one that answers.

    M[j, k] = sqrt(mean over samples of (r_k(z with z_j replaced) − r_k(z))²), r = encode ∘ decode. Samples
    and replacements are codes of the data, so that every autoencoder has one. `num_samples` defaults to the
    variant's own (100, 100, 256); sae-0.5.10 divides each column by the standard deviation of its code.
    Source: Leeb et al. 2022 (arXiv 2106.16091), section 3.
    """
    bases, values = draw_pairs(len(codes), codes.shape[1], num_samples or SAMPLES[variant], variant, rng)
    matrix = response_matrix(respond, codes, bases, values)
    return Responses(response_matrix=matrix / response_scale(codes, variant))


def response_matrix(respond: Respond, codes: np.ndarray, bases: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Response matrix (D, D) of given interventions.

    Row j uses the codes (G, D) at `bases[j]` (n,) and replaces their latent j by that of the codes at
    `values[j]` (n,).
    """
    needed, where = np.unique(bases, return_inverse=True)
    before = respond(codes[needed])[where.reshape(bases.shape)]  # (D, n, D)
    latents = np.broadcast_to(np.arange(codes.shape[1])[:, None], bases.shape)
    interventions = np.stack([latents, bases, values], axis=-1).reshape(-1, 3)
    distinct, where = np.unique(interventions, axis=0, return_inverse=True)  # small groups repeat themselves
    latent, base, value = distinct.T
    replaced = codes[base]
    replaced[np.arange(len(distinct)), latent] = codes[value, latent]
    after = respond(replaced)[where.reshape(bases.shape)]
    return np.sqrt(np.square(after - before).mean(axis=1))


def draw_pairs(
    group: int, latent_dim: int, num_samples: int, variant: Variant, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Indices (D, n) of base codes and of the codes whose value replaces theirs, among `group` codes.

    latent-responses: fresh samples for every latent, the value always from another code. sae-0.5.10: one
    random order for all latents, the value is the next code's, n at most the group. sae-0.5.14: both drawn
    with replacement.
    """
    if group < 2:
        raise Unsupported(f"an intervention needs at least 2 codes to take values from, got {group}")
    if variant == "sae-0.5.10":
        order = rng.permutation(group)[:num_samples]
        return np.tile(order, (latent_dim, 1)), np.tile(np.roll(order, -1), (latent_dim, 1))
    if variant == "sae-0.5.14":
        shape = (latent_dim, num_samples)
        return rng.integers(group, size=shape), rng.integers(group, size=shape)
    if variant != "latent-responses":
        raise DisentError(f"unknown variant {variant!r}; known: {', '.join(SAMPLES)}")
    bases = np.stack([_select(group, num_samples, rng) for _ in range(latent_dim)])
    others = rng.integers(1, group, size=bases.shape)
    return bases, (bases + others) % group


def response_scale(codes: np.ndarray, variant: Variant) -> np.ndarray | float:
    """What each column of a response matrix is divided by: 1, or the codes' standard deviation (D,)."""
    if variant != "sae-0.5.10":
        return 1.0
    deviation = codes.std(axis=0, ddof=1)
    return np.where(deviation > 0, deviation, 1.0)  # a constant code never answers: 0 / 1


def _select(group: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` indices below `group`, without repetition where there are enough."""
    return rng.integers(group, size=count) if count > group else rng.permutation(group)[:count]

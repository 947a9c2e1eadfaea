"""Latent responses: how each latent, encoded anew, answers when another one is replaced."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal, TypedDict

import numpy as np

from ..config.coercion import PositiveInt
from ..errors import CallError, Unsupported
from ..registry import metric
from .points import validate_matrix
from .standardize import ROUNDING, common_unit, constant_codes, units_of

if TYPE_CHECKING:
    from .cds import CDS
    from .sampling import FactorSampler

Respond = Callable[[np.ndarray], np.ndarray]
"""encode(decode(codes)): codes (N, D) → responses (N, D), means where the encoder gives distributions."""

Variant = Literal["latent-responses", "sae-0.5.10", "sae-0.5.14"]
"""latent-responses: Leeb et al. 2022 (the default); sae-*: the two states of the SAE project in 2021."""

SAMPLES: dict[str, int] = {"latent-responses": 100, "sae-0.5.10": 100, "sae-0.5.14": 256}


class _Matrix(TypedDict):
    causal_disentanglement_score: float
    response_matrix: np.ndarray


class Responses(_Matrix, total=False):
    conditioned_responses: np.ndarray
    reason: str


@metric("responses")
def responses(
    codes: np.ndarray,
    respond: Respond,
    rng: np.random.Generator,
    grid: FactorSampler | None = None,
    *,
    num_samples: PositiveInt | None = None,
    num_traversals: PositiveInt = 50,
    variant: Variant = "latent-responses",
) -> Responses:
    """Latent response matrix (D, D), and the causal disentanglement score of `cds` where there is a grid.

    M[j, k] = sqrt(mean over samples of (r_k(z with z_j replaced) − r_k(z))²), r = encode ∘ decode: row j is
    the replaced latent, column k the one that answers. Samples and replacements are codes of the data, so
    that every autoencoder has one. `num_samples` defaults to the variant's own (100, 100, 256); sae-0.5.10
    divides each column by the standard deviation of its code. Without a `grid`, whose factors can be changed
    one at a time, the score is NaN and `reason` says so; `num_traversals` 0 leaves it out.
    Source: Leeb et al. 2022 (arXiv 2106.16091), section 3.
    """
    codes = validate_matrix(codes).astype(float)
    count = samples_of(variant) if num_samples is None else num_samples
    bases, values = draw_pairs(len(codes), codes.shape[1], count, variant, rng)
    matrix = response_matrix(respond, codes, bases, values) / response_scale(codes, variant)
    try:
        conditioned = _conditioned(codes, respond, grid, num_traversals, variant, rng)
    except Unsupported as reason:
        nan = float("nan")
        return Responses(response_matrix=matrix, causal_disentanglement_score=nan, reason=str(reason))
    return Responses(
        response_matrix=matrix,
        causal_disentanglement_score=conditioned["causal_disentanglement"],
        conditioned_responses=conditioned["conditioned_responses"],
    )


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


def _conditioned(
    codes: np.ndarray,
    respond: Respond,
    grid: FactorSampler | None,
    num_traversals: int,
    variant: Variant,
    rng: np.random.Generator,
) -> CDS:
    from .cds import cds

    if grid is None:
        raise Unsupported("the data are not a full grid of factors, so single factors cannot be changed")
    draws = np.random.RandomState(rng.integers(2**32))
    encode = partial(grid.codes, rs=draws)
    return cds(codes, grid.sizes, encode, respond, rng, num_traversals=num_traversals, variant=variant)

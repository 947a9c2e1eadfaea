"""Response maps: where codes move when they are decoded and encoded again, over a plane of two latents."""

from __future__ import annotations

from typing import Annotated, TypedDict

import numpy as np

from ..config.coercion import Bounds, NonNegativeInt, PositiveFloat
from ..errors import CallError, Unsupported
from ..registry import metric
from .points import validate_matrix
from .response_matrix import Respond
from .standardize import ROUNDING, units_of

DISCRETE = "the codes are values of codebooks: there is nothing between them to draw a map of"

Pair = tuple[NonNegativeInt, NonNegativeInt]


class ResponseMaps(TypedDict):
    """The mean of ‖u‖, the latents (2,), the positions on both axes (n,), and the maps over them.

    `response` (n, n, 2) is u at the first latent's position i and the second's j; the others are (n, n).
    """

    mean_magnitude: float
    latents: np.ndarray
    positions: np.ndarray
    response: np.ndarray
    magnitude: np.ndarray
    divergence: np.ndarray
    mean_curvature: np.ndarray


@metric("response_maps")
def response_maps(
    codes: np.ndarray,
    respond: Respond,
    code_indices: np.ndarray | None = None,
    *,
    latents: Pair | None = None,
    extent: PositiveFloat = 2.0,
    resolution: Annotated[int, Bounds(least=2)] = 64,
) -> ResponseMaps:
    """How far codes on a plane of two latents move when they are decoded and encoded again, as maps (n, n).

    u = r(z) − z in the two `latents` (by default those whose codes deviate most), r = encode ∘ decode, where
    they take n = `resolution` values from −`extent` to `extent` and all others are at their mean over the
    codes. `magnitude` is ‖u‖, in units of the codes; `divergence` is div u, and `mean_curvature` is
    −½ div(u/‖u‖), by central differences in grid units as published: divided by the step 2·extent/(n − 1),
    they are per unit of the codes. A response no larger than rounding is 0, and so is its direction.
    Raises Unsupported with fewer than 2 latents, or discrete ones.
    Source: Leeb et al. 2022 (arXiv 2106.16091) and code, where other latents are at a draw of the prior.

    >>> codes = np.random.default_rng(0).normal(size=(50, 2))
    >>> found = response_maps(codes, lambda z: 0.5 * z, resolution=5)  # u = −z/2, and a step is 1
    >>> np.unique(found["divergence"]).tolist(), found["magnitude"][0, 2].item()
    ([-1.0], 1.0)
    """
    codes = validate_matrix(codes)
    if code_indices is not None:
        raise Unsupported(DISCRETE)
    first, second = pair = _pair(codes, latents)
    positions = np.linspace(-extent, extent, resolution)
    plane = np.broadcast_to(codes.mean(axis=0), (resolution, resolution, codes.shape[1])).copy()
    plane[..., first], plane[..., second] = positions[:, None], positions
    responses = np.asarray(respond(plane.reshape(-1, codes.shape[1])), np.float64).reshape(plane.shape)
    field = (responses - plane)[..., pair]
    field[np.linalg.norm(field, axis=-1) <= ROUNDING * extent] = 0
    magnitude = np.linalg.norm(field, axis=-1)
    return ResponseMaps(
        mean_magnitude=float(magnitude.mean()),
        latents=np.array(pair),
        positions=positions,
        response=field,
        magnitude=magnitude,
        divergence=divergence(field),
        mean_curvature=mean_curvature(field),
    )


def divergence(field: np.ndarray) -> np.ndarray:
    """∂u₁/∂i + ∂u₂/∂j of a field (n, m, 2) on a grid, (n, m), in units of the grid's steps.

    Central differences, at the edges one-sided ones.

    >>> across = np.arange(3.0)
    >>> divergence(np.stack(np.meshgrid(2 * across, 3 * across, indexing="ij"), axis=-1))[0].tolist()
    [5.0, 5.0, 5.0]
    """
    return np.asarray(np.gradient(field[..., 0], axis=0) + np.gradient(field[..., 1], axis=1))


def mean_curvature(field: np.ndarray) -> np.ndarray:
    """−½ div(u/‖u‖) of a field (n, m, 2) on a grid, (n, m): positive where it runs together.

    Half the curvature of the curves that it crosses at right angles. A vector 0 has the direction 0.
    """
    length = np.linalg.norm(field, axis=-1, keepdims=True)
    return -0.5 * divergence(np.divide(field, length, where=length > 0, out=np.zeros_like(field)))


def _pair(codes: np.ndarray, latents: Pair | None) -> list[int]:
    """The two latents asked for, or the two whose codes (N, D) deviate most, in their own order."""
    dims = codes.shape[1]
    if dims < 2:
        raise Unsupported(f"a plane needs at least 2 latents, got {dims}")
    if latents is None:
        units = units_of(codes)
        order = np.argsort(-(codes / units).std(axis=0) * units, kind="stable")
        return sorted(order[:2].tolist())
    if latents[0] == latents[1] or max(latents) >= dims:
        raise CallError(f"latents: expected two different ones of 0 to {dims - 1}, got {list(latents)}")
    return list(latents)

"""The frames that the slider shows: each latent varied through its values, from a few base images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..data.splits.splits import subsample_evenly
from ..methods.inference import Inference
from ..plots.sample_images import by_typicality

POOL = 2_000  # images whose codes give the values of a traversal
MAX_BASES = 4
MAX_LATENTS = 32


@dataclass(frozen=True)
class TraversalFrames:
    """One-dimensional traversals from one base image; lists have an entry for each latent shown.

    Attributes:
        values: (S,) each, ascending, the base image's own value among them.
        base_index: where that value is among them.
        frames: (S, *shape) each, the decoded images.
    """

    name: str
    original: np.ndarray
    reconstruction: np.ndarray
    values: list[np.ndarray]
    base_index: list[int]
    frames: list[np.ndarray]


@dataclass(frozen=True)
class Traversal:
    """Traversals from several base images; `latents` are the dimensions shown, of `latent_dim`."""

    latents: list[int]
    latent_dim: int
    discrete: bool
    ordered: bool
    bases: list[TraversalFrames]


def traverse(
    inference: Inference, indices: np.ndarray, *, pool: int = POOL, bases: int = MAX_BASES
) -> Traversal:
    """Decode the traversals from the most typical of these images and from others, `bases` in all.

    The most typical one has the code nearest to the median of all. Of more than 32 latents those are shown
    that change its picture most. The values of a latent are those of the codes of `pool` images.

    Raises:
        Unsupported: the model has no decoder.
    """
    latent = inference.decoding_model.latent
    shown = subsample_evenly(indices, pool)
    codes = inference.encode(shown)
    values = latent.traversal(torch.from_numpy(codes)).numpy()  # (D, steps)
    places = choose_bases(codes)[:bases]
    latents = most_changing(inference, codes[places[0]], values)
    frames = [
        _decode_frames(
            inference, int(shown[place]), codes[place], values, latents, "typical image" if not n else None
        )
        for n, place in enumerate(places)
    ]
    return Traversal(latents, codes.shape[1], latent.discrete, latent.ordered, frames)


def choose_bases(codes: np.ndarray) -> list[int]:
    """The most typical code, then others evenly spread over (N, D): four places at most."""
    typical = int(by_typicality(codes)[0])
    others = [int(place) for place in subsample_evenly(np.arange(len(codes)), MAX_BASES) if place != typical]
    return [typical, *others[: MAX_BASES - 1]]


def most_changing(inference: Inference, code: np.ndarray, values: np.ndarray) -> list[int]:
    """All latents, or those 32 between whose first and last value the picture changes most."""
    dims = len(code)
    if dims <= MAX_LATENTS:
        return list(range(dims))
    ends = np.tile(code, (2, dims, 1))
    for end, column in enumerate((0, -1)):
        ends[end, np.arange(dims), np.arange(dims)] = values[:, column]
    first, last = inference.decode(ends.reshape(-1, dims)).reshape(2, dims, -1)
    return sorted(np.abs(last - first).mean(axis=1).argsort(kind="stable")[::-1][:MAX_LATENTS].tolist())


def with_base_value(values: np.ndarray, base: float) -> tuple[np.ndarray, int]:
    """The distinct values, ascending, with the base image's among them, and where it is."""
    distinct = np.unique(values)
    near = np.abs(distinct - base) <= 1e-6 * (np.ptp(distinct) + abs(base))
    if not near.any():
        distinct = np.unique([*distinct, base])
        near = distinct == base
    return distinct, int(near.argmax())


def _decode_frames(
    inference: Inference,
    index: int,
    code: np.ndarray,
    values: np.ndarray,
    latents: list[int],
    name: str | None,
) -> TraversalFrames:
    pairs = [with_base_value(values[d], code[d]) for d in latents]
    lengths = [len(one) for one, _ in pairs]
    grid = np.tile(code, (sum(lengths) + 1, 1))  # the last row is the base image's code
    grid[np.arange(sum(lengths)), np.repeat(latents, lengths)] = np.concatenate([one for one, _ in pairs])
    images = inference.decode(grid).astype(np.float32)
    return TraversalFrames(
        name=name or f"image {index:,}",
        original=inference.images(np.array([index])).cpu().numpy()[0],
        reconstruction=images[-1],
        values=[one for one, _ in pairs],
        base_index=[index for _, index in pairs],
        frames=np.split(images[:-1], np.cumsum(lengths)[:-1]),
    )

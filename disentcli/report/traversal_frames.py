"""What the slider shows: each latent on its way through its values, around a few base images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..data.splits.splits import subsample_evenly
from ..methods.inference import Inference
from ..plots.sample_images import by_typicality

POOL = 2_000  # images whose codes tell the values of a traversal
BASES = 4
LATENTS = 32  # shown, at most


@dataclass(frozen=True)
class Moves:
    """The one-dimensional moves around one image; lists have an entry for each latent shown.

    values: (S,) ascending, the image's own among them; own: its place; frames: (S, *shape).
    """

    name: str
    original: np.ndarray
    reconstruction: np.ndarray
    values: list[np.ndarray]
    own: list[int]
    frames: list[np.ndarray]


@dataclass(frozen=True)
class Traversal:
    """Moves around several images; `latents` are the dimensions shown, of `latent_dim`."""

    latents: list[int]
    latent_dim: int
    discrete: bool
    ordered: bool
    bases: list[Moves]


def traverse(inference: Inference, indices: np.ndarray) -> Traversal:
    """Decode the moves around the most typical of these images and around three others.

    The most typical one has the code nearest to the median of all. Of more than 32 latents those are shown
    that change its picture most. Raises Unsupported where the model has no decoder.
    """
    latent = inference.autoencoder.latent
    pool = subsample_evenly(indices, POOL)
    codes = inference.encode(pool)
    values = latent.traversal(torch.from_numpy(codes)).numpy()  # (D, steps)
    places = base_places(codes)
    latents = most_moving(inference, codes[places[0]], values)
    bases = [
        _moves(inference, int(pool[place]), codes[place], values, latents, "typical image" if not n else None)
        for n, place in enumerate(places)
    ]
    return Traversal(latents, codes.shape[1], latent.discrete, latent.ordered, bases)


def base_places(codes: np.ndarray) -> list[int]:
    """The most typical code, then others evenly spread over (N, D): four places at most."""
    typical = int(by_typicality(codes)[0])
    others = [int(place) for place in subsample_evenly(np.arange(len(codes)), BASES) if place != typical]
    return [typical, *others[: BASES - 1]]


def most_moving(inference: Inference, code: np.ndarray, values: np.ndarray) -> list[int]:
    """All latents, or those 32 between whose first and last value the picture changes most."""
    dims = len(code)
    if dims <= LATENTS:
        return list(range(dims))
    ends = np.tile(code, (2, dims, 1))
    for end, column in enumerate((0, -1)):
        ends[end, np.arange(dims), np.arange(dims)] = values[:, column]
    first, last = inference.decode(ends.reshape(-1, dims)).reshape(2, dims, -1)
    return sorted(np.abs(last - first).mean(axis=1).argsort(kind="stable")[::-1][:LATENTS].tolist())


def with_own(values: np.ndarray, own: float) -> tuple[np.ndarray, int]:
    """The distinct values, ascending, with the image's own among them, and its place."""
    distinct = np.unique(values)
    near = np.abs(distinct - own) <= 1e-6 * (np.ptp(distinct) + abs(own))
    if not near.any():
        distinct = np.unique([*distinct, own])
        near = distinct == own
    return distinct, int(near.argmax())


def _moves(
    inference: Inference,
    index: int,
    code: np.ndarray,
    values: np.ndarray,
    latents: list[int],
    name: str | None,
) -> Moves:
    pairs = [with_own(values[d], code[d]) for d in latents]
    lengths = [len(one) for one, _ in pairs]
    grid = np.tile(code, (sum(lengths) + 1, 1))  # the last row is the image's own code
    grid[np.arange(sum(lengths)), np.repeat(latents, lengths)] = np.concatenate([one for one, _ in pairs])
    images = inference.decode(grid).astype(np.float32)
    return Moves(
        name=name or f"image {index:,}",
        original=inference.images(np.array([index])).cpu().numpy()[0],
        reconstruction=images[-1],
        values=[one for one, _ in pairs],
        own=[own for _, own in pairs],
        frames=np.split(images[:-1], np.cumsum(lengths)[:-1]),
    )

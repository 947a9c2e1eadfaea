"""Sample images of a model: reconstructions, new samples, traversals, swaps, interpolations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..data.splits.splits import subsample_evenly
from ..errors import Unsupported
from ..latents.latent import STEPS
from ..methods.inference import Inference
from .animation import triangle_wave
from .traversal_ranges import latent_values, traversal_range

RECONSTRUCTIONS = 20
SAMPLES = 60
POOL = 2_000  # images whose codes give the values of a traversal


def reconstructions(
    inference: Inference, indices: np.ndarray, count: int = RECONSTRUCTIONS
) -> dict[str, np.ndarray]:
    """So many images spread over `indices`, and their reconstructions: (N, *shape) each."""
    chosen = subsample_evenly(indices, count)
    return {
        "inputs": inference.images(chosen).cpu().numpy(),
        "outputs": inference.reconstruct(chosen).astype(np.float32),
    }


@torch.no_grad()
def samples(inference: Inference, seed: int = 0, count: int = SAMPLES) -> tuple[np.ndarray, str]:
    """New images (N, *shape) and where their codes came from; Unsupported where there is no such source."""
    images, _, source = draw_samples(inference, count, seed)
    return images, source


@torch.no_grad()
def draw_samples(inference: Inference, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, str]:
    """New images (N, *shape), the codes (N, D') that were decoded, and where these came from."""
    model, generator = inference.decoding_model, torch.Generator().manual_seed(seed)
    codes = model.sample_codes(count, generator)
    images = torch.cat([model.decode(part) for part in codes.split(inference.batch_size)])
    sampler = model.sampler
    source = "prior" if sampler is None else type(sampler).__name__.removesuffix("Sampler").lower()
    return images.cpu().numpy(), codes.cpu().numpy(), source


@dataclass(frozen=True)
class CodePool:
    """Codes of some images: their mean codes (N, D), and one (N, D) drawn for each."""

    codes: np.ndarray
    drawn: np.ndarray


def code_pool(inference: Inference, indices: np.ndarray, seed: int) -> CodePool:
    """The codes that traversals start from and whose range they cover; Unsupported without a decoder."""
    latent, pool = inference.decoding_model.latent, subsample_evenly(indices, POOL)
    codes = inference.encode(pool)
    return CodePool(codes, inference.draw_codes(pool, seed) if latent.noise_dim else codes)


def traversals(
    inference: Inference,
    indices: np.ndarray,
    rule: str = "quantiles",
    seed: int = 0,
    *,
    pool: CodePool | None = None,
    base: int | None = None,
    steps: int = STEPS,
) -> dict[str, np.ndarray]:
    """Images (D, steps, *shape) of each latent on its way through `ranges` (D, 2), the others fixed.

    `rule` is one of traversal_ranges.RANGES; a discrete latent steps through its values. All start from the
    code of the image `base`, else from the most typical code, the one nearest to the median of all; `base`
    (*shape) is what is decoded from it.
    """
    pool = code_pool(inference, indices, seed) if pool is None else pool
    start = typical_codes(pool.codes, 1) if base is None else inference.encode(np.array([base]))
    values = latent_values(inference.decoding_model.latent, pool.drawn, rule, steps)
    images = decode_varied(inference, start, values)[0]
    return {
        "images": images,
        "ranges": values[:, [0, -1]],
        "base": inference.decode(start)[0].astype(np.float32),
    }


def traversal_loops(
    inference: Inference,
    indices: np.ndarray,
    bases: int,
    rule: str = "quantiles",
    seed: int = 0,
    *,
    pool: CodePool | None = None,
    base: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Base images (B, *shape), and images (B, D, frames, *shape) as each latent runs up and down its range.

    Each loop begins at the base's own value; a discrete latent steps through the values in use. The first
    base is the image `base` where one is named.
    """
    pool = code_pool(inference, indices, seed) if pool is None else pool
    latent = inference.decoding_model.latent
    chosen = typical_codes(pool.codes, bases)
    if base is not None:
        chosen[0] = inference.encode(np.array([base]))[0]
    shown = latent_values(latent, pool.drawn, rule)
    low, high = traversal_range(latent, pool.drawn, rule).T
    images = []
    for code in chosen:
        if latent.discrete:
            last = shown.shape[1] - 1
            start = np.abs(shown - code[:, None]).argmin(axis=1) / max(last, 1)
            places = np.rint(triangle_wave(start) * last).astype(int)
            values = np.take_along_axis(shown, places, axis=1)
        else:
            start = (code - low) / np.where(high > low, high - low, 1.0)
            values = low[:, None] + triangle_wave(start) * (high - low)[:, None]
        images.append(decode_varied(inference, code[None], values)[0])
    return inference.decode(chosen).astype(np.float32), np.stack(images)


def swaps(
    inference: Inference, source: int, donors: np.ndarray, groups: Sequence[Sequence[int]]
) -> dict[str, np.ndarray]:
    """Images (G, n, *shape) of the source's code with one group of latents after the other from each donor.

    `source` and `donors` (n,) are places in the dataset; their reconstructions come too.
    """
    own, others = inference.encode(np.array([source])), inference.encode(donors)
    mixed = np.tile(own, (len(groups), len(donors), 1))  # (G, n, D)
    for row, group in enumerate(groups):
        mixed[row][:, list(group)] = others[:, list(group)]
    images = inference.decode(mixed.reshape(-1, own.shape[1])).astype(np.float32)
    return {
        "images": images.reshape(len(groups), len(donors), *images.shape[1:]),
        "source": inference.decode(own)[0].astype(np.float32),
        "donors": inference.decode(others).astype(np.float32),
    }


def interpolations(inference: Inference, starts: np.ndarray, ends: np.ndarray, steps: int) -> np.ndarray:
    """Images (n, steps, *shape) on the line between the codes of two images; of a discrete latent, of the
    codes nearest to the line.

    Raises:
        Unsupported: there is no pair, or codes are tokens, with nothing in between.
    """
    latent = inference.decoding_model.latent
    if not len(starts):
        raise Unsupported("interpolations are between two images, there are fewer")
    if not latent.ordered:
        raise Unsupported("codes are tokens, with nothing in between to interpolate along")
    shares = np.linspace(0, 1, steps)[None, :, None]
    codes = (1 - shares) * inference.encode(starts)[:, None] + shares * inference.encode(ends)[:, None]
    snapped = inference.project(codes.reshape(-1, codes.shape[-1]))
    images = inference.decode(snapped).astype(np.float32)
    return images.reshape(len(starts), steps, *images.shape[1:])


def typical_codes(codes: np.ndarray, count: int) -> np.ndarray:
    """The code (N, D) nearest to the median of all, in standard deviations, then others far from typical."""
    return codes[by_typicality(codes)[np.linspace(0, len(codes) - 1, count + 1).astype(int)[:-1]]]


def by_typicality(codes: np.ndarray) -> np.ndarray:
    """Places of codes (N, D), the nearest to the median of all first, in standard deviations."""
    distances = (codes - np.median(codes, axis=0)) / (codes.std(axis=0) + 1e-12)
    return np.square(distances).sum(axis=1).argsort(kind="stable")


def decode_varied(inference: Inference, bases: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Images (B, D, steps, *shape) of codes (B, D) of which one latent takes its values (D, steps)."""
    dims, steps = values.shape
    grid = np.tile(bases[:, None, None], (1, dims, steps, 1))  # (B, D, steps, D)
    for d in range(dims):
        grid[:, d, :, d] = values[d]
    images = inference.decode(grid.reshape(-1, dims)).astype(np.float32)
    return images.reshape(len(bases), dims, steps, *images.shape[1:])

"""Examples of what a model does: some reconstructions, new samples, traversals of its latents."""

from __future__ import annotations

import numpy as np
import torch

from ..data.splits import spread
from .inference import Inference

RECONSTRUCTIONS = 20
SAMPLES = 60
STEPS = 9  # values of a latent in a traversal
OUTER = (2.5, 97.5)  # percentiles of the codes between which a traversal runs
POOL = 2_000  # images whose codes tell the percentiles


def reconstructions(inference: Inference, indices: np.ndarray) -> dict[str, np.ndarray]:
    """Some images spread over `indices`, and their reconstructions: (N, *shape) each."""
    chosen = spread(indices, RECONSTRUCTIONS)
    return {
        "inputs": inference.images(chosen).cpu().numpy(),
        "outputs": inference.reconstruct(chosen).astype(np.float32),
    }


@torch.no_grad()
def samples(inference: Inference, seed: int = 0) -> tuple[np.ndarray, str]:
    """New images (N, *shape) and where their codes came from; Unsupported where there is no such source."""
    generator = torch.Generator().manual_seed(seed)
    images = inference.model.generate(SAMPLES, generator).cpu().numpy()
    sampler = inference.model.sampler
    source = "prior" if sampler is None else type(sampler).__name__.removesuffix("Sampler").lower()
    return images, source


def traversals(inference: Inference, indices: np.ndarray) -> dict[str, np.ndarray]:
    """Images (D, STEPS, *shape) of each latent on its way through `ranges` (D, 2), the others fixed.

    They start from the most typical code: the one nearest to the median of all.
    """
    codes = inference.encode(spread(indices, POOL))
    distances = (codes - np.median(codes, axis=0)) / (codes.std(axis=0) + 1e-12)
    base = codes[np.square(distances).sum(axis=1).argmin()]
    low, high = np.percentile(codes, OUTER, axis=0)
    grid = np.tile(base, (len(base), STEPS, 1))  # (D, STEPS, D)
    for d in range(len(base)):
        grid[d, :, d] = np.linspace(low[d], high[d], STEPS)
    images = inference.decode(grid.reshape(-1, len(base))).astype(np.float32)
    return {
        "images": images.reshape(len(base), STEPS, *images.shape[1:]),
        "ranges": np.stack([low, high], axis=1),
    }

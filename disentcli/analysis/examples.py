"""Examples of what a model does: some reconstructions, new samples, traversals of its latents."""

from __future__ import annotations

import numpy as np
import torch

from ..data.splits import spread
from .inference import Inference

RECONSTRUCTIONS = 20
SAMPLES = 60
POOL = 2_000  # images whose codes tell the values of a traversal


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
    images = inference.autoencoder.generate(SAMPLES, generator).cpu().numpy()
    sampler = inference.autoencoder.sampler
    source = "prior" if sampler is None else type(sampler).__name__.removesuffix("Sampler").lower()
    return images, source


def traversals(inference: Inference, indices: np.ndarray) -> dict[str, np.ndarray]:
    """Images (D, steps, *shape) of each latent on its way through `ranges` (D, 2), the others fixed.

    The latent says which values show it; they start from the most typical code: the one nearest to the
    median of all.
    """
    latent = inference.autoencoder.latent
    codes = inference.encode(spread(indices, POOL))
    distances = (codes - np.median(codes, axis=0)) / (codes.std(axis=0) + 1e-12)
    base = codes[np.square(distances).sum(axis=1).argmin()]
    values = latent.traversal(torch.from_numpy(codes)).numpy()  # (D, steps)
    dims, steps = values.shape
    grid = np.tile(base, (dims, steps, 1))  # (D, steps, D)
    for d in range(dims):
        grid[d, :, d] = values[d]
    images = inference.decode(grid.reshape(-1, dims)).astype(np.float32)
    return {
        "images": images.reshape(dims, steps, *images.shape[1:]),
        "ranges": values[:, [0, -1]],
    }

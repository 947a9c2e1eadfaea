"""Scores of a model over the images of a split: reconstruction errors, use of codebooks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..latents.discrete import DiscreteLatent, perplexity
from ..methods.inference import Inference

LEAST_MSE = 1e-10  # a perfect reconstruction has a psnr of 100 dB, not infinity


@torch.no_grad()
def reconstruction_errors(inference: Inference, indices: np.ndarray) -> dict[str, float]:
    """Errors of what is decoded from mean codes, averaged over images.

    mse_per_pixel: squared error per pixel and channel; mse_per_image and bce_per_image: summed over them
    (nats for the cross-entropy, its logarithms cut at −100). psnr: −10 log10 of an image's mse_per_pixel,
    averaged in dB as in Hsu et al. (NeurIPS 2023, code). Vectors have neither cross-entropy nor psnr.
    """
    sums: dict[str, float] = defaultdict(float)
    for part in _batches(inference, indices):
        images = inference.images(part)
        for name, value in _errors(inference.reconstructed(part), images).items():
            sums[name] += value
    means = {name: total / len(indices) for name, total in sums.items()}
    return {"mse_per_pixel": means["mse_per_image"] / int(np.prod(inference.dataset.shape)), **means}


def codebook_use(inference: Inference, indices: np.ndarray) -> dict[str, float]:
    """How many values of its codebooks a discrete latent uses; empty for a continuous one.

    perplexity, least_perplexity: exp of the entropy of a dimension's values, its mean and its minimum.
    unused: the share of all values, dimension by dimension, that no image has.
    """
    latent = getattr(inference.model, "latent", None)
    if not isinstance(latent, DiscreteLatent):
        return {}
    usage = latent.usage(torch.from_numpy(inference.encode(indices)).to(inference.device)).cpu()
    per_dimension = perplexity(usage)
    return {
        "perplexity": float(per_dimension.mean()),
        "least_perplexity": float(per_dimension.min()),
        "unused": 1 - int((usage > 0).sum()) / sum(latent.sizes),
    }


def _batches(inference: Inference, indices: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(indices), inference.batch_size):
        yield indices[start : start + inference.batch_size]


def _errors(outputs: Tensor, images: Tensor) -> dict[str, float]:
    """Sums over a batch."""
    errors = {"mse_per_image": float(F.mse_loss(outputs, images, reduction="sum"))}
    if images.ndim == 4:
        errors["bce_per_image"] = float(F.binary_cross_entropy(outputs, images, reduction="sum"))
        per_image = F.mse_loss(outputs, images, reduction="none").mean((1, 2, 3))
        errors["psnr"] = float(-10 * per_image.clamp_min(LEAST_MSE).log10().sum())
    return errors

"""How far reconstructions of mean codes are from their images."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from ..methods.inference import Inference


@torch.no_grad()
def reconstruction_errors(inference: Inference, indices: np.ndarray) -> dict[str, float]:
    """Errors of decode(encode(x)) with mean codes, averaged over images.

    mse_per_pixel: squared error per pixel and channel; mse_per_image and bce_per_image: summed over them
    (nats for the cross-entropy, its logarithms cut at −100). Vectors have no cross-entropy.
    """
    sums: dict[str, float] = defaultdict(float)
    for start in range(0, len(indices), inference.batch_size):
        images = inference.images(indices[start : start + inference.batch_size])
        for name, value in _errors(inference.autoencoder.reconstruct(images), images).items():
            sums[name] += value
    means = {name: total / len(indices) for name, total in sums.items()}
    return {"mse_per_pixel": means["mse_per_image"] / int(np.prod(inference.dataset.shape)), **means}


def _errors(outputs: Tensor, images: Tensor) -> dict[str, float]:
    """Sums over a batch."""
    errors = {"mse_per_image": float(F.mse_loss(outputs, images, reduction="sum"))}
    if images.ndim == 4:
        errors["bce_per_image"] = float(F.binary_cross_entropy(outputs, images, reduction="sum"))
    return errors

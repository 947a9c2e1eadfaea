"""How far a reconstruction is from its observation."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def bernoulli_loss(logits: Tensor, images: Tensor) -> Tensor:
    """Binary cross-entropy of images (B, C, H, W) in [0, 1], summed over pixels, averaged over the batch."""
    return F.binary_cross_entropy_with_logits(logits, images, reduction="sum") / len(images)


def squared_error(outputs: Tensor, observations: Tensor) -> Tensor:
    """‖x̂ − x‖², summed over dimensions, averaged over the batch."""
    return F.mse_loss(outputs, observations, reduction="sum") / len(observations)

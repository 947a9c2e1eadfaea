"""Images made small, as features for the Fréchet distance where no network's weights are given."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

SIDE = 8


class PixelFeatures(nn.Module):
    """Images (B, C, H, W) in [0, 1] → their means (B, C·8·8) over the cells of a grid of 8×8.

    The Fréchet distance of these is the 2-Wasserstein distance, squared, of the two Gaussians that have the
    means and covariances of the small images. It sees colours and coarse shapes, and no details.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.dimension = channels * SIDE**2

    @property
    def identity(self) -> dict[str, str | int]:
        """What tells these features from others."""
        return {"features": "pixels", "dimension": self.dimension, "input": f"means of {SIDE}x{SIDE} cells"}

    def forward(self, images: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(images, SIDE).flatten(1)

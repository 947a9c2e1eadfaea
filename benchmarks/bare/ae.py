"""An autoencoder, structural or not: Bernoulli pixels, Adam."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .loop import Bare


def bare(model: nn.Module) -> Bare:
    """Its training with the networks of `model`."""

    def loss(x: Tensor) -> Tensor:
        logits = model.decoder(model.encoder(x))
        return F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)

    return Bare(loss, torch.optim.Adam(model.parameters(), lr=5e-4, fused=True))

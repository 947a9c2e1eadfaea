"""A VAE: Bernoulli pixels, Gaussian codes, Adam."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .loop import Bare


def bare(model: nn.Module) -> Bare:
    """Its training with the networks of `model`."""

    def loss(x: Tensor) -> Tensor:
        mean, logvar = model.encoder(x).chunk(2, dim=1)
        codes = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(model.decoder(codes), x, reduction="sum")
        kl = 0.5 * (mean.square() + logvar.exp() - logvar - 1).sum()
        return (reconstruction + kl) / len(x)

    return Bare(loss, torch.optim.Adam(model.parameters(), lr=5e-4, fused=True))

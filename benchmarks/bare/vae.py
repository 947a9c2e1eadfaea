"""A VAE: Bernoulli pixels or squared errors of vectors, Gaussian codes, Adam."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .loop import Bare


def bare(model: nn.Module) -> Bare:
    """Its training with the networks of `model`, on images."""
    return Bare(_loss(model, F.binary_cross_entropy_with_logits), _adam(model, lr=5e-4))


def bare_of_vectors(model: nn.Module) -> Bare:
    """Its training with the networks of `model`, on vectors."""
    return Bare(_loss(model, F.mse_loss), _adam(model, lr=1e-3))


def _adam(model: nn.Module, lr: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=lr, fused=True)


def _loss(model: nn.Module, error: Callable[..., Tensor]) -> Callable[[Tensor], Tensor]:
    def loss(x: Tensor) -> Tensor:
        mean, logvar = model.encoder(x).chunk(2, dim=1)
        codes = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        reconstruction = error(model.decoder(codes), x, reduction="sum")
        kl = 0.5 * (mean.square() + logvar.exp() - logvar - 1).sum()
        return (reconstruction + kl) / len(x)

    return loss

"""QLAE: a codebook of ten scalars for each latent, straight through; AdamW with decay on all but biases."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .loop import Bare


def bare(model: nn.Module) -> Bare:
    """Its training with the encoder and decoder of `model`."""
    device = next(model.parameters()).device
    codebooks = nn.Parameter(torch.linspace(-0.5, 0.5, 10, device=device).repeat(12, 1))

    def loss(x: Tensor) -> Tensor:
        z = model.encoder(x)
        nearest = (z.detach()[..., None] - codebooks.detach()).abs().argmin(-1)
        quantized = codebooks.expand(len(z), -1, -1).gather(2, nearest[..., None]).squeeze(2)
        logits = model.decoder(z + (quantized - z).detach())
        reconstruction = F.binary_cross_entropy_with_logits(logits, x)
        quantization = F.mse_loss(quantized, z.detach())
        commitment = F.mse_loss(z, quantized.detach())
        return reconstruction + 0.01 * quantization + 0.01 * commitment

    named = [*model.encoder.named_parameters(), *model.decoder.named_parameters()]
    biases = [p for name, p in named if name.endswith("bias")]
    decaying = [p for name, p in named if not name.endswith("bias")]
    groups = [
        {"params": decaying, "weight_decay": 0.1},
        {"params": [*biases, codebooks], "weight_decay": 0.0},
    ]
    return Bare(loss, torch.optim.AdamW(groups, lr=1e-3, fused=True), clipped=decaying)

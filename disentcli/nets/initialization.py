"""How weights are drawn where a publication did not take torch's own way."""

from __future__ import annotations

from math import sqrt
from typing import Literal

import torch
from torch import nn

Initialization = Literal["torch", "he", "glorot"]
Weighted = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def initialize(
    network: nn.Module, way: Initialization, *, head: nn.Linear | None = None, heads: int = 1
) -> None:
    """Draw the weights of all linear and (transposed) convolutional layers anew.

    `he`: U(−b, b) with b = √(6/fan_in), biases as torch draws them; `glorot`: b = √(6/(fan_in + fan_out)),
    biases 0, as TensorFlow's layers; `torch`: as they are. The `head` of an encoder stands for so many
    `heads` side by side (mean and log-variance), each of which has a fan_out of its own.
    """
    if way == "torch":
        return
    for layer in network.modules():
        if not isinstance(layer, Weighted):
            continue
        if way == "he":
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            continue
        for part in layer.weight.chunk(heads if layer is head else 1):
            nn.init.xavier_uniform_(part)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def fan_in_uniform_(layer: nn.ConvTranspose2d) -> nn.ConvTranspose2d:
    """Draw the weight from U(−b, b) with b = 1/√(in·h·w), as Equinox does; torch's own b has out for in."""
    height, width = layer.kernel_size
    bound = 1 / sqrt(layer.in_channels * height * width)
    with torch.no_grad():
        layer.weight.uniform_(-bound, bound)
    return layer

"""The frozen random network that turns known nodes into what is observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt

import torch
from torch import Tensor
from torch.nn.functional import linear, mish

Layers = list[tuple[Tensor, Tensor]]
WIDTHS = (128, 128, 128, 100)  # from the nodes on, as published (Leeb et al., ICLR 2023)


def frozen_layers(widths: Sequence[int], generator: torch.Generator) -> Layers:
    """Weights and biases, drawn as torch.nn.Linear draws them: uniform in ±1/√inputs."""
    layers = []
    for inputs, outputs in pairwise(widths):
        bound = 1 / sqrt(inputs)
        weight = torch.empty(outputs, inputs).uniform_(-bound, bound, generator=generator)
        bias = torch.empty(outputs).uniform_(-bound, bound, generator=generator)
        layers.append((weight, bias))
    return layers


def normal_layers(widths: Sequence[int], generator: torch.Generator) -> Layers:
    """Weights and biases from N(0, 1)."""
    return [
        (torch.randn(outputs, inputs, generator=generator), torch.randn(outputs, generator=generator))
        for inputs, outputs in pairwise(widths)
    ]


def forward(layers: Layers, nodes: Tensor, activation: Callable[[Tensor], Tensor] = mish) -> Tensor:
    """(N, outputs) of nodes (N, inputs): the activation between the layers, nothing after the last."""
    hidden = nodes
    for weight, bias in layers[:-1]:
        hidden = activation(linear(hidden, weight, bias))
    return linear(hidden, *layers[-1])


def observed(layers: Layers, nodes: Tensor) -> Tensor:
    """`forward` in pieces of 10,000, for many nodes."""
    return torch.cat([forward(layers, piece) for piece in nodes.split(10_000)])

"""Vectors from a random frozen network: known continuous factors without images."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear, mish

from ..errors import CallError
from ..registry import dataset
from .card import Card
from .dataset import Dataset

WIDTHS = (8, 128, 128, 128, 100)
NODES = tuple(f"node_{k}" for k in range(WIDTHS[0]))


@dataset("vec")
class RandomNetVectors(Dataset):
    """x = MLP(z), z ~ N(0, I) with 8 nodes, MLP 8→128→128→128→100 with Mish, random and never trained.

    After the dataset `random-net` of "Structure by Architecture" (Leeb et al., ICLR 2023), whose test set was
    its training set: here `count` vectors are to train and validate on, and `test_count` more, from the same
    network, to test on. Network and nodes are drawn from `seed`; the nodes are the factors.
    """

    def __init__(self, *, seed: int = 0, count: int = 100_000, test_count: int = 20_000) -> None:
        if count < 1 or test_count < 0:
            raise CallError(f"vec needs vectors to train on: count {count}, test_count {test_count}")
        generator = torch.Generator().manual_seed(seed)
        layers = frozen_layers(WIDTHS, generator)
        nodes = torch.randn(count + test_count, WIDTHS[0], generator=generator)
        vectors = torch.cat([forward(layers, chunk) for chunk in nodes.split(10_000)])
        super().__init__(
            "vec",
            vectors.numpy(),
            (WIDTHS[-1],),
            labels=nodes.numpy(),
            factor_names=NODES,
            factor_sizes=(0,) * WIDTHS[0],
            fingerprint=f"vec-{seed}-{count}-{test_count}",
            test_indices=np.arange(count, count + test_count),
        )

    @staticmethod
    def card(options: Mapping[str, Any]) -> Card:
        """Vectors (100,) and their 8 nodes."""
        return Card(
            title="Random network",
            shape=(WIDTHS[-1],),
            count=int(options.get("count", 100_000)) + int(options.get("test_count", 20_000)),
            factor_names=NODES,
            factor_sizes=(0,) * len(NODES),
            licence="CC0",
            citation="After random-net of Leeb et al., Structure by Architecture, ICLR 2023",
            obtain="made when loaded",
        )


def frozen_layers(widths: tuple[int, ...], generator: torch.Generator) -> list[tuple[Tensor, Tensor]]:
    """Weights and biases, drawn as torch.nn.Linear draws them: uniform in ±1/√inputs."""
    layers = []
    for inputs, outputs in pairwise(widths):
        bound = 1 / sqrt(inputs)
        weight = torch.empty(outputs, inputs).uniform_(-bound, bound, generator=generator)
        bias = torch.empty(outputs).uniform_(-bound, bound, generator=generator)
        layers.append((weight, bias))
    return layers


def forward(layers: list[tuple[Tensor, Tensor]], nodes: Tensor) -> Tensor:
    """(N, outputs) of nodes (N, inputs): Mish between the layers, nothing after the last."""
    hidden = nodes
    for weight, bias in layers[:-1]:
        hidden = mish(linear(hidden, weight, bias))
    return linear(hidden, *layers[-1])

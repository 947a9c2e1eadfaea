"""Vectors from a random network that is never trained: known continuous factors without images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import sqrt
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import linear, mish

from ...config.coercion import Width
from ...errors import CallError
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_info import DatasetInfo

Layers = list[tuple[Tensor, Tensor]]
WIDTHS = (128, 128, 128, 100)  # from the nodes on, as published (Leeb et al., ICLR 2023)

NODES = 8
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {"mish": mish, "tanh": torch.tanh}
CITATION = "After code of Leeb et al.: Structure by Architecture, ICLR 2023"


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


def mix(layers: Layers, nodes: Tensor, activation: Callable[[Tensor], Tensor] = mish) -> Tensor:
    """`forward` in pieces of 10,000, for many nodes."""
    return torch.cat([forward(layers, piece, activation) for piece in nodes.split(10_000)])


@dataset("vec")
class RandomNetVectors(Dataset):
    """x = MLP(z), z ~ N(0, I) with 8 nodes, MLP 8→128→128→128→100 with Mish, random and never trained.

    After the dataset `random-net` of "Structure by Architecture" (Leeb et al., ICLR 2023), whose test set was
    its training set: here `count` vectors are to train and validate on, and `test_count` more, from the same
    network, to test on. Network and nodes are drawn from `seed`; the nodes are the factors.

    hidden, activation: sizes of the layers between and what is applied to them. The code of August 2021 has
    2 nodes, layers of 32, 32, 32 and tanh.
    """

    def __init__(
        self,
        *,
        nodes: Width = NODES,
        hidden: Sequence[Width] = WIDTHS[:-1],
        activation: Literal["mish", "tanh"] = "mish",
        seed: int = 0,
        count: int = 100_000,
        test_count: int = 20_000,
    ) -> None:
        if count < 1 or test_count < 0:
            raise CallError(f"vec needs vectors to train on: count {count}, test_count {test_count}")
        generator = torch.Generator().manual_seed(seed)
        layers = frozen_layers((nodes, *hidden, WIDTHS[-1]), generator)
        drawn = torch.randn(count + test_count, nodes, generator=generator)
        published = (nodes, *hidden, activation) == (NODES, *WIDTHS[:-1], "mish")
        network = "" if published else "-" + "-".join(map(str, (nodes, *hidden, activation)))
        super().__init__(
            "vec",
            mix(layers, drawn, ACTIVATIONS[activation]).numpy(),
            (WIDTHS[-1],),
            labels=drawn.numpy(),
            factor_names=node_names(nodes),
            factor_sizes=(0,) * nodes,
            fingerprint=f"vec-{seed}-{count}-{test_count}{network}",
            test_indices=np.arange(count, count + test_count),
        )

    @staticmethod
    def info(*, nodes: int, count: int, test_count: int) -> DatasetInfo:
        """Vectors (100,) and their nodes."""
        return vectors_info("Random network", nodes, count + test_count)


def node_names(nodes: int) -> tuple[str, ...]:
    """node_0, node_1, …"""
    return tuple(f"node_{k}" for k in range(nodes))


def vectors_info(title: str, nodes: int, count: int) -> DatasetInfo:
    """Vectors made when loaded from so many continuous nodes."""
    return DatasetInfo(
        title=title,
        shape=(WIDTHS[-1],),
        count=count,
        factor_names=node_names(nodes),
        factor_sizes=(0,) * nodes,
        licence="CC0",
        citation=CITATION,
        obtain="made when loaded",
    )

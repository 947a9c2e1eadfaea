"""Multilayer perceptrons: the heads of encoders and decoders, and the transforms of structural decoders."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import nn

from .nonlinearity import Nonlinearity, nonlinearity


def mlp(inputs: int, hidden: Sequence[int], outputs: int, *, nonlin: Nonlinearity = "elu") -> nn.Sequential:
    """Linear layers (B, inputs) → hidden[0] → … → (B, outputs), a nonlinearity between, none at the end.

    >>> [layer.out_features for layer in mlp(1, [64, 128], 6)[::2]]
    [64, 128, 6]
    """
    widths = [inputs, *hidden, outputs]
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nonlinearity(nonlin)]
    return nn.Sequential(*layers[:-1])

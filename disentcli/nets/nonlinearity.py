"""The nonlinearities that a config can name."""

from __future__ import annotations

from typing import Literal

from torch import nn

Nonlinearity = Literal["elu", "gelu", "leaky_relu", "mish", "relu", "silu", "tanh"]


def nonlinearity(name: Nonlinearity) -> nn.Module:
    """The module of this name, in place where torch has it (every caller owns the tensor it passes)."""
    match name:
        case "elu":
            return nn.ELU(inplace=True)
        case "gelu":
            return nn.GELU()
        case "leaky_relu":
            return nn.LeakyReLU(0.2, inplace=True)
        case "mish":
            return nn.Mish(inplace=True)
        case "relu":
            return nn.ReLU(inplace=True)
        case "silu":
            return nn.SiLU(inplace=True)
        case "tanh":
            return nn.Tanh()

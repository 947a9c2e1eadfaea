"""What many networks share: nonlinearities, perceptrons, coordinate channels, initial weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from math import sqrt
from typing import Literal

import torch
from torch import Tensor, nn

from ..errors import CallError
from .shapes import Shape, require_image

Nonlinearity = Literal["elu", "gelu", "leaky_relu", "mish", "relu", "silu", "tanh"]

# In place where the gradient needs only the output; elsewhere autograd would copy the input anyway.
_MODULES: dict[str, Callable[[], nn.Module]] = {
    "elu": partial(nn.ELU, inplace=True),
    "gelu": nn.GELU,
    "leaky_relu": partial(nn.LeakyReLU, 0.2, inplace=True),
    "mish": nn.Mish,
    "relu": partial(nn.ReLU, inplace=True),
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}


def nonlinearity(name: Nonlinearity) -> nn.Module:
    """A new module of this nonlinearity; it may overwrite its input, which nothing else may need."""
    if name not in _MODULES:
        raise CallError(f"unknown nonlinearity {name!r}; there are {', '.join(_MODULES)}")
    return _MODULES[name]()


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


class Coordinates(nn.Module):
    """x (B, C, H, W) → (B, C+2, H, W): row and column are appended, each running from `low` to 1.

    >>> Coordinates((1, 3, 2))(torch.zeros(1, 1, 3, 2))[0, 1]
    tensor([[0.0000, 0.0000],
            [0.5000, 0.5000],
            [1.0000, 1.0000]])
    """

    grid: Tensor

    def __init__(self, shape: Shape, *, low: float = 0.0) -> None:
        super().__init__()
        require_image(shape, "a coordinate convolution")
        rows, columns = (torch.linspace(low, 1, side) for side in shape[1:])
        self.register_buffer(
            "grid", torch.stack(torch.meshgrid(rows, columns, indexing="ij")), persistent=False
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.grid.expand(len(x), -1, -1, -1)], dim=1)


class Broadcast(nn.Module):
    """Codes (B, D) → (B, D+2, H, W): every pixel gets the codes, its row and its column in [−1, 1].

    Source: Watters et al., "Spatial Broadcast Decoder", 2019.
    """

    def __init__(self, sides: tuple[int, int]) -> None:
        super().__init__()
        self.sides = sides
        self.coordinates = Coordinates((1, *sides), low=-1)

    def forward(self, codes: Tensor) -> Tensor:
        return self.coordinates(codes[:, :, None, None].expand(-1, -1, *self.sides))


Initialization = Literal["torch", "he", "glorot"]
Weighted = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def initialize(
    network: nn.Module, way: Initialization, *, head: nn.Linear | None = None, heads: int = 1
) -> None:
    """Draw the weights of all linear and (transposed) convolutional layers anew.

    `he`: U(−b, b) with b = √(6/fan_in), biases as torch draws them; `glorot`: b = √(6/(fan_in + fan_out)),
    biases 0, as TensorFlow's layers; `torch`: as they are. The `head` of an encoder is taken as so
    many `heads` side by side (mean and log-variance), each with a fan_out of its own.
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

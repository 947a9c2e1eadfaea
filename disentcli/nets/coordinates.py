"""Coordinate channels: every pixel is told where it is (Liu et al., CoordConv, NeurIPS 2018)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .shapes import Shape, require_image


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

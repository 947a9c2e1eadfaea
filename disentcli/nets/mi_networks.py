"""The networks of SDIM and EDIM: encoders with feature maps, and statistics networks that score pairs."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import CallError
from .precision import float32_within
from .shapes import Shape, require_image

KERNEL = 4
LARGEST_MAP = 5  # cells a side
SLOPE = 0.01  # of the leaky ReLU


class FeatureMapEncoder(nn.Module):
    """x (B, C, H, W) → representation (B, dim) and map (B, cells, channels), whose cells lie row by row.

    Convolutions of kernel 4 without padding, the first of stride 1 and 64 channels, then of stride 2, each
    with twice the channels and batch norm, until the map has at most 5×5 cells: three for 28 and 32 pixels
    (256 × 4×4 and 5×5), four for 64 (512 × 5×5). A leaky ReLU follows each, then one linear layer.

    activation_after_second_conv: off as in the public implementation (Zouitine et al., 2021).
    """

    def __init__(
        self, input_shape: Shape, dim: int, *, width: int = 64, activation_after_second_conv: bool = True
    ) -> None:
        super().__init__()
        require_image(tuple(input_shape), "the encoder of SDIM")
        self.input_shape, self.dim = tuple(input_shape), dim
        self.activation_after_second_conv = activation_after_second_conv
        self.channels, (height, breadth) = width, _reduced(self.input_shape[1:], stride=1)
        layers = [nn.Conv2d(self.input_shape[0], width, KERNEL), _activation()]
        while max(height, breadth) > LARGEST_MAP and min(height, breadth) >= KERNEL:
            height, breadth = _reduced((height, breadth), stride=2)
            is_second = self.channels == width
            layers += [nn.Conv2d(self.channels, 2 * self.channels, KERNEL, 2)]
            self.channels *= 2
            layers += [nn.BatchNorm2d(self.channels)]
            layers += [_activation()] if activation_after_second_conv or not is_second else []
        self.cells = height * breadth
        self.layers = nn.Sequential(*layers)
        self.head = nn.Linear(self.cells * self.channels, dim)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        cells = self.layers(images).flatten(2).transpose(1, 2)  # no copy where channels lie last
        with float32_within(images.device):  # eight bits round off the small differences between codes
            return self.head(cells.flatten(1).float()), cells

    def differences(self, other: FeatureMapEncoder) -> list[str]:
        """In what two encoders differ, in words; nothing where one fits the other's weights."""
        named = ("input_shape", "dim", "channels", "cells", "activation_after_second_conv")
        found = [(name, getattr(self, name), getattr(other, name)) for name in named]
        return [
            f"{name.replace('_', '-')} {own} and {theirs}" for name, own, theirs in found if own != theirs
        ]


def _activation() -> nn.Module:
    return nn.LeakyReLU(SLOPE, inplace=True)


def _reduced(sides: tuple[int, ...], stride: int) -> tuple[int, int]:
    """The sides of the map behind a convolution."""
    if min(sides) < KERNEL:
        raise CallError(f"the encoder of SDIM needs images of at least {KERNEL} pixels a side, not {sides}")
    height, breadth = ((side - KERNEL) // stride + 1 for side in sides)
    return height, breadth


class SplitLinear(nn.Linear):
    """A linear layer on several inputs laid side by side, which gives the share of each in the output.

    W [a; b] + c = W_a a + (W_b b + c): a share is computed once for all pairs of its input with others. The
    bias belongs to the last part.
    """

    def __init__(self, sizes: Sequence[int], outputs: int) -> None:
        super().__init__(sum(sizes), outputs)
        self.sizes = tuple(sizes)

    def forward(self, parts: Sequence[Tensor]) -> list[Tensor]:  # type: ignore[override]
        """Of parts (…, sizes[k]), the shares (…, outputs)."""
        weights = self.weight.split(self.sizes, dim=1)
        biases = [None] * (len(parts) - 1) + [self.bias]
        return [F.linear(*one) for one in zip(parts, weights, biases, strict=True)]


class StatisticsNetwork(nn.Module):
    """Scores of each cell of a map with a representation: three layers with ReLU (Hjelm et al., ICLR 2019).

    On the cells these are 1×1 convolutions of the map with the representation at every place, the local
    network; on the whole map as one cell it is the global one. `sizes` are the channels of the maps, which
    lie side by side, and last the size of the representation.
    """

    def __init__(self, sizes: Sequence[int], hidden: int = 512) -> None:
        super().__init__()
        self.first = SplitLinear(sizes, hidden)
        # not in place: on a view, as a linear layer gives of a map, autograd would copy it five times
        self.rest = nn.Sequential(nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, maps: Sequence[Tensor], vector: Tensor, negatives: Tensor) -> tuple[Tensor, Tensor]:
        """Scores (B, P) of maps (B, P, channels) with their own vectors (B, D), and (K, B, P) of others'.

        `negatives` (K, B) says whose map each vector meets instead. The first layer sees every map and vector
        once: pairs differ in sums of its shares.
        """
        *of_maps, of_vector = self.first([*maps, vector[:, None]])
        of_map = sum(of_maps[1:], of_maps[0])  # (B, P, H)
        others = of_map.index_select(0, negatives.flatten()).unflatten(0, negatives.shape)
        return self._scores(of_map + of_vector), self._scores(others + of_vector)

    def _scores(self, hidden: Tensor) -> Tensor:
        return self.rest(hidden).squeeze(-1).float()

"""Residual networks (after Gulrajani et al., "Improved Training of Wasserstein GANs", 2017; group norms)."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..registry import decoder, encoder
from .conv import GROUPS
from .distribution import Distribution
from .encoder_decoder import Decoder, Encoder
from .shapes import Shape, bottleneck, require_image, size


class ResidualBlock(nn.Module):
    """x ↦ s(x) + f(x), f = conv ∘ ReLU ∘ norm ∘ conv ∘ ReLU ∘ norm; `up` doubles the map, `down` halves it.

    The shortcut s is a conv of 1×1. Maps are doubled before f's first conv, halved after its last.
    """

    def __init__(self, before: int, after: int, *, up: bool = False, down: bool = False) -> None:
        super().__init__()
        self.up, self.down = up, down
        self.norm1 = nn.GroupNorm(GROUPS, before)
        self.conv1 = nn.Conv2d(before, after, 3, padding=1)
        self.norm2 = nn.GroupNorm(GROUPS, after)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1)
        self.shortcut = nn.Conv2d(before, after, 1)

    def forward(self, x: Tensor) -> Tensor:
        inner = F.relu(self.norm1(x))
        if self.up:
            x, inner = (F.interpolate(one, scale_factor=2) for one in (x, inner))
        inner = self.conv2(F.relu(self.norm2(self.conv1(inner))))
        out = self.shortcut(x) + inner
        return F.avg_pool2d(out, 2) if self.down else out


@encoder("resnet")
class ResnetEncoder(Encoder):
    """conv 3×3 → one halving block for each further entry of `channels` → norm, ReLU → linear head."""

    short_name = "res"

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        *,
        channels: tuple[Width, ...] = (32, 64, 128, 256, 256),
        coord: bool = False,
    ) -> None:
        super().__init__(input_shape, feature_dim, coord=coord)
        smallest = smallest_map(channels, self.input_shape)
        self.first = nn.Conv2d(self.first_shape[0], channels[0], 3, padding=1)
        self.layers = nn.Sequential(*(ResidualBlock(*pair, down=True) for pair in pairwise(channels)))
        self.norm = nn.GroupNorm(GROUPS, channels[-1])
        self.head = nn.Linear(size(smallest), feature_dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.relu(self.norm(self.layers(self.first(self.with_coordinates(x))))).flatten(1))


@decoder("resnet")
class ResnetDecoder(Decoder):
    """The encoder's mirror: linear layer onto the smallest map → doubling blocks → norm, ReLU → conv 3×3."""

    short_name = "res"

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        channels: tuple[Width, ...] = (256, 256, 128, 64, 32),
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        self.smallest = smallest_map(channels[::-1], self.output_shape)
        self.project = nn.Linear(latent_dim, size(self.smallest))
        self.layers = nn.Sequential(*(ResidualBlock(*pair, up=True) for pair in pairwise(channels)))
        self.norm = nn.GroupNorm(GROUPS, channels[-1])
        self.last = nn.Conv2d(channels[-1], self.output_shape[0], 3, padding=1)

    def forward(self, codes: Tensor) -> Tensor:
        features = self.layers(self.project(codes).unflatten(1, self.smallest))
        return self.last(F.relu(self.norm(features)))


def smallest_map(channels: tuple[int, ...], shape: Shape) -> Shape:
    """The map behind an encoder of these channels; CallError where images or channels do not fit."""
    require_image(shape, "resnet")
    if len(channels) < 2 or any(one % GROUPS for one in channels):
        raise CallError(
            f"resnet needs at least two numbers of channels, multiples of {GROUPS}; got {channels}"
        )
    return bottleneck(shape, len(channels) - 1, channels[-1], network="resnet")

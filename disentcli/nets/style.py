"""QLAE's style decoder: a learned constant that the codes modulate (Hsu et al., NeurIPS 2023, its code).

After Karras et al., "A Style-Based Generator Architecture", CVPR 2019.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..registry import decoder
from .distribution import Distribution
from .encoder_decoder import Decoder
from .instance_norm import instance_norm
from .layers import mlp
from .qlae import NORM_EPS, SLOPE, Size, plan_and_map, transposed_conv
from .shapes import Shape

StyleActivation = Literal["relu", "none"]


class StyleBlock(nn.Module):
    """Transposed conv → leaky ReLU → h ← γ ⊙ (h − mean)/std + β, mean and std over each map.

    `relu` is published: [γ, β] = ReLU(A w + a), so neither is ever negative, and about half are 0 at first.
    `none` is the adaptive instance normalization that was meant: [γ, β] = [1, 0] + A w + a.
    """

    def __init__(
        self,
        before: int,
        after: int,
        kernel: int,
        stride: int,
        *,
        style_dim: int,
        activation: StyleActivation,
    ) -> None:
        super().__init__()
        self.conv = transposed_conv(before, after, kernel, stride)
        self.affine = nn.Linear(style_dim, 2 * after)
        self.activation = activation

    def forward(self, features: Tensor, style: Tensor) -> Tensor:
        """Features (B, C, H, W), style (B, style_dim) → (B, C', H', W')."""
        scale, shift = self.affine(style).unflatten(1, (2, -1, 1, 1)).unbind(1)
        if self.activation == "relu":
            scale, shift = scale.relu(), shift.relu()
        else:
            scale = 1 + scale
        features = F.leaky_relu(self.conv(features), SLOPE)
        return instance_norm(features, scale, shift, NORM_EPS)


@decoder("qlae-style")
class StyleDecoder(Decoder):
    """codes → mapping network → style (ReLU); constant → 12 or 4 style blocks → conv of 3×3 to the image."""

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        size: Size = "large",
        style_activation: StyleActivation = "relu",
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        plan, smallest = plan_and_map(size, self.output_shape)
        self.short_name = "qs12" if size == "large" else "qs4"
        *hidden, style_dim = plan.hidden
        self.constant = nn.Parameter(torch.full(smallest, 0.1))
        self.mapping = nn.Sequential(*mlp(latent_dim, hidden, style_dim, nonlin="relu"), nn.ReLU())
        channels = pairwise([smallest[0], *(c for c, *_ in plan.up())])
        self.blocks = nn.ModuleList(
            StyleBlock(before, after, kernel, stride, style_dim=style_dim, activation=style_activation)
            for (before, after), (_, kernel, stride) in zip(channels, plan.up(), strict=True)
        )
        self.last = nn.Conv2d(plan.channels[0], self.output_shape[0], 3, padding=1, bias=False)

    def forward(self, codes: Tensor) -> Tensor:
        style = self.mapping(codes)
        features = self.constant.expand(len(codes), *self.constant.shape)
        for block in self.blocks:
            features = block(features, style)
        return self.last(features)

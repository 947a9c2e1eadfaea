"""The structural decoder: a learned constant, transformed by one group of latent dimensions after another."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..registry import decoder
from .conv import DEPTH_CONFIGS, LatentGroups, LayerOptions, conv_stack, smallest_map, split_at
from .distribution import Distribution
from .encoder_decoder import Decoder
from .instance_norm import instance_norm
from .layers import Nonlinearity, mlp
from .shapes import Shape

STRC = LatentGroups("strc", "transforms", "a/d/strc/N")
NORM_EPS = 1e-5


class AdaptiveAffine(nn.Module):
    """h ← exp(s)·h + m per channel, where an MLP reads (m, s) off the codes (AdaIN: Huang & Belongie, 2017).

    `normalize` puts an instance normalization before it, as in the original AdaIN; the SAE's has none.
    """

    def __init__(
        self,
        code_dim: int,
        channels: int,
        hidden: tuple[int, ...],
        *,
        normalize: bool = False,
        nonlin: Nonlinearity = "elu",
    ) -> None:
        super().__init__()
        self.normalize = normalize
        self.mlp = mlp(code_dim, hidden, 2 * channels, nonlin=nonlin)

    def forward(self, features: Tensor, codes: Tensor) -> Tensor:
        """Features (B, C, H, W) or (B, C), codes (B, code_dim) → transformed features."""
        mean, log_scale = self.mlp(codes).unflatten(1, (2, -1) + (1,) * (features.ndim - 2)).unbind(1)
        if self.normalize:
            return instance_norm(features, log_scale.exp(), mean, NORM_EPS)
        return torch.addcmul(mean, features, log_scale.exp())


@decoder("strc")
class StructuralDecoder(Decoder):
    """A learned constant, transformed by one group of latents after another: SAE, or AdaAE without `split`.

    The latent is cut into `transforms` consecutive groups; group 1 acts first, on the coarsest features. They
    act directly before evenly spaced convs: 1, 1 + convs/transforms, …. Without `split` each reads all of it.
    Source: Leeb et al., ICLR 2023, section 3.
    """

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        transforms: Width = 12,
        convs: Width = 12,
        split: bool = True,
        width: Width = 64,
        transform_hidden: tuple[Width, ...] = (64, 128),
        normalize: bool = False,
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        self.short_name = f"s{transforms}" if split else f"ada{transforms}"
        starts = STRC.entry_layers(convs, transforms)
        self.group_dim = STRC.group_dim(latent_dim, transforms) if split else latent_dim
        self.transforms, self.split = transforms, split

        plan = DEPTH_CONFIGS[convs]
        smallest = smallest_map(plan, self.output_shape, width)
        if normalize and prod(smallest[1:]) == 1:
            raise CallError("normalize needs feature maps larger than 1×1 to begin with; take larger images")
        self.constant = nn.Parameter(torch.randn(smallest))
        self.affines = nn.ModuleList(
            AdaptiveAffine(self.group_dim, width, transform_hidden, normalize=normalize, nonlin=nonlin)
            for _ in starts
        )
        channels = [*[(width, width)] * (convs - 1), (width, self.output_shape[0])]
        options = LayerOptions(self.vector, nonlin, residual)
        layers = conv_stack(channels, options, up=plan.up, linear_end=True)
        self.stages = nn.ModuleList(split_at(layers, starts))

    def forward(self, codes: Tensor) -> Tensor:
        groups = codes.split(self.group_dim, dim=1) if self.split else [codes] * self.transforms
        features = self.constant.expand(len(codes), *self.constant.shape)
        for affine, stage, group in zip(self.affines, self.stages, groups, strict=True):
            features = stage(affine(features, group))
        return features

"""The variational ladder autoencoder: each group of latents leaves and enters at a depth of its own.

Sources: Zhao, Song & Ermon, "Learning Hierarchical Features from Deep Generative Models", ICML 2017; this
network is the VLAE-N of Leeb et al., "Structure by Architecture", ICLR 2023, and of its code.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..registry import decoder, encoder
from .conv import DEPTH_CONFIGS, LatentGroups, LayerOptions, conv_stack, smallest_map, split_at
from .distribution import Distribution
from .encoder_decoder import Decoder, Encoder
from .layers import Nonlinearity, mlp
from .shapes import Shape, is_vector

LADDER = LatentGroups("ladder", "rungs", "a/ladder/N")
UNEVEN = {(12, 4): (4, 6, 9, 12)}  # published, not evenly spaced


def readout_layers(convs: int, rungs: int) -> tuple[int, ...]:
    """The convs of the encoder, counted from 1, behind which a rung reads the features; the last is one.

    >>> readout_layers(12, 3), readout_layers(12, 4)
    ((4, 8, 12), (4, 6, 9, 12))
    """
    spacing = LADDER.spacing(convs, rungs)
    return UNEVEN.get((convs, rungs), tuple(range(spacing, convs + 1, spacing)))


class LadderReadout(nn.Module):
    """Features (B, C, H, W) or (B, C) → global maximum of each channel → MLP → (B, outputs)."""

    def __init__(self, channels: int, hidden: tuple[int, ...], outputs: int, nonlin: Nonlinearity) -> None:
        super().__init__()
        self.mlp = mlp(channels, hidden, outputs, nonlin=nonlin)

    def forward(self, features: Tensor) -> Tensor:
        return self.mlp(features if features.ndim == 2 else features.amax((2, 3)))


class LadderInjection(nn.Module):
    """h ← [h, MLP(group)]: the group of codes becomes channels, the same at every pixel."""

    def __init__(self, code_dim: int, hidden: tuple[int, ...], channels: int, nonlin: Nonlinearity) -> None:
        super().__init__()
        self.mlp = mlp(code_dim, hidden, channels, nonlin=nonlin)

    def forward(self, features: Tensor, codes: Tensor) -> Tensor:
        """Features (B, C, H, W) or (B, C), codes (B, code_dim) → with the rung's channels behind."""
        space = features.shape[2:]
        written = self.mlp(codes).unflatten(1, (-1,) + (1,) * len(space))
        return torch.cat([features, written.expand(-1, -1, *space)], dim=1)


@encoder("ladder")
class LadderEncoder(Encoder):
    """A conv stack that rungs read at several depths: (B, C, H, W) → (B, feature_dim), deepest group first.

    Each rung gives latent_dim/rungs codes, or for a Gaussian latent as many pairs of mean m and log-scale s,
    which are regrouped as all means, then all log-variances 2s: 0.5·(2s) is s to the bit, so σ = exp(s).
    """

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        latent_dim: int,
        *,
        rungs: Width = 12,
        convs: Width = 12,
        width: Width = 64,
        rung_hidden: tuple[Width, ...] = (128, 64),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        coord: bool = False,
    ) -> None:
        super().__init__(input_shape, feature_dim, coord=coord)
        self.short_name = f"l{rungs}"
        read_behind = readout_layers(convs, rungs)
        group_dim = LADDER.group_dim(latent_dim, rungs)
        self.latent_dim, self.gaussian = latent_dim, _is_gaussian(feature_dim, latent_dim)

        plan = DEPTH_CONFIGS[convs]
        smallest_map(plan, self.input_shape, width)
        channels = [(self.first_shape[0], width), *[(width, width)] * (convs - 1)]
        options = LayerOptions(is_vector(self.input_shape), nonlin, residual)
        layers = conv_stack(channels, options, down=plan.down, first_kernel=5)
        starts = [1, *(layer + 1 for layer in read_behind[:-1])]
        self.stages = nn.ModuleList(split_at(layers, starts))
        outputs = group_dim * feature_dim // latent_dim
        self.rungs = nn.ModuleList(LadderReadout(width, rung_hidden, outputs, nonlin) for _ in read_behind)

    def forward(self, x: Tensor) -> Tensor:
        features, groups = self.with_coordinates(x), []
        for stage, rung in zip(self.stages, self.rungs, strict=True):
            features = stage(features)
            groups.append(rung(features))
        read = torch.cat(groups[::-1], dim=1)
        if not self.gaussian:
            return read
        mean, log_scale = read.unflatten(1, (self.latent_dim, 2)).unbind(2)
        return torch.cat([mean, 2 * log_scale], dim=1)


@decoder("ladder")
class LadderDecoder(Decoder):
    """A learned constant, to which each group of latents adds channels of its own, the coarsest first.

    The latent is cut into `rungs` consecutive groups, which enter directly before evenly spaced convs: 1,
    1 + convs/rungs, …. All convs read `width` channels; what comes just before a rung has `rung_channels`
    fewer, which the rung fills.
    """

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        rungs: Width = 12,
        convs: Width = 12,
        width: Width = 64,
        rung_hidden: tuple[Width, ...] = (64, 128),
        rung_channels: Width = 16,
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        self.short_name = f"l{rungs}"
        starts = LADDER.entry_layers(convs, rungs)
        self.group_dim = LADDER.group_dim(latent_dim, rungs)
        narrow = _narrowed(width, rung_channels)

        plan = DEPTH_CONFIGS[convs]
        self.constant = nn.Parameter(torch.randn(smallest_map(plan, self.output_shape, narrow)))
        self.rungs = nn.ModuleList(
            LadderInjection(self.group_dim, rung_hidden, rung_channels, nonlin) for _ in starts
        )
        outputs = [narrow if number in starts else width for number in range(2, convs + 1)]
        channels = [(width, after) for after in (*outputs, self.output_shape[0])]
        options = LayerOptions(self.vector, nonlin, residual)
        layers = conv_stack(channels, options, up=plan.up, linear_end=True)
        self.stages = nn.ModuleList(split_at(layers, starts))

    def check_compatible(self, encoder: Encoder) -> None:
        """Refuse a ladder that reads other groups than this one writes."""
        if isinstance(encoder, LadderEncoder) and len(encoder.rungs) != len(self.rungs):
            raise CallError(
                f"the encoder reads {len(encoder.rungs)} rungs and the decoder has {len(self.rungs)}: their "
                "groups of codes differ; take one a/ladder/N for both, or another kind of network for one"
            )

    def forward(self, codes: Tensor) -> Tensor:
        features = self.constant.expand(len(codes), *self.constant.shape)
        groups = codes.split(self.group_dim, dim=1)
        for rung, stage, group in zip(self.rungs, self.stages, groups, strict=True):
            features = stage(rung(features, group))
        return features


def _is_gaussian(feature_dim: int, latent_dim: int) -> bool:
    if feature_dim not in (latent_dim, 2 * latent_dim):
        raise CallError(
            "the ladder encoder gives a code, or a mean and a log-scale, for each dimension, but the latent "
            f"of {latent_dim} reads {feature_dim} features; use plain or gaussian, or another encoder"
        )
    return feature_dim != latent_dim


def _narrowed(width: int, rung_channels: int) -> int:
    if not 0 < rung_channels < width:
        raise CallError(
            f"a rung of the ladder decoder fills some of the {width} channels, rung-channels cannot be "
            f"{rung_channels}; take a quarter, {width // 4}"
        )
    return width - rung_channels

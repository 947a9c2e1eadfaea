"""Decoders of 5, 12 and 16 convolutions behind a small head (Leeb et al., ICLR 2023)."""

from __future__ import annotations

from torch import Tensor, nn

from ..config.coercion import Width
from ..registry import decoder
from .conv import CONV5, CONV12, CONV16, ConvPlan, LayerOptions, conv_stack, smallest_map
from .distribution import Distribution
from .encoder_decoder import Decoder
from .layers import Nonlinearity, mlp
from .shapes import Shape, size


class ConvDecoder(Decoder):
    """An MLP, reshaped into a conv stack: (B, latent_dim) → (B, width, h, w) → (B, C, H, W)."""

    def __init__(
        self,
        plan: ConvPlan,
        latent_dim: int,
        output_shape: Shape,
        *,
        width: int,
        hidden: tuple[int, ...],
        nonlin: Nonlinearity,
        residual: bool,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        self.short_name = f"c{plan.depth}"
        self.smallest = smallest_map(plan, self.output_shape, width)
        self.project = mlp(latent_dim, hidden, size(self.smallest), nonlin=nonlin)
        channels = [*[(width, width)] * (plan.depth - 1), (width, self.output_shape[0])]
        options = LayerOptions(self.vector, nonlin, residual)
        self.layers = nn.Sequential(*conv_stack(channels, options, up=plan.up, linear_end=True))

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(self.project(codes).unflatten(1, self.smallest))


@decoder("conv12")
class Conv12Decoder(ConvDecoder):
    """12 convs, 5 doublings: 2 → 64; the defaults are those for images of 64×64."""

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        width: Width = 64,
        hidden: tuple[Width, ...] = (128, 256),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(
            CONV12,
            latent_dim,
            output_shape,
            width=width,
            hidden=hidden,
            nonlin=nonlin,
            residual=residual,
            distribution=distribution,
        )


@decoder("conv16")
class Conv16Decoder(ConvDecoder):
    """16 convs, 6 doublings: 2 → 128; the defaults are those for images of 128×128."""

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        width: Width = 128,
        hidden: tuple[Width, ...] = (128, 256, 512),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(
            CONV16,
            latent_dim,
            output_shape,
            width=width,
            hidden=hidden,
            nonlin=nonlin,
            residual=residual,
            distribution=distribution,
        )


@decoder("conv")
class Conv5Decoder(ConvDecoder):
    """5 convs that all double: 2 → 64 (the code of August 2021)."""

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        width: Width = 64,
        hidden: tuple[Width, ...] = (128, 256),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(
            CONV5,
            latent_dim,
            output_shape,
            width=width,
            hidden=hidden,
            nonlin=nonlin,
            residual=residual,
            distribution=distribution,
        )

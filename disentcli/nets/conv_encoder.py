"""Encoders of 5, 12 and 16 convolutions with a small head (Leeb et al., ICLR 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..registry import encoder
from .conv import CONV5, CONV12, CONV16, ConvPlan, LayerOptions, conv_stack, smallest_map
from .encoder_decoder import Encoder
from .layers import Nonlinearity, mlp
from .shapes import Shape, is_vector, size


class ConvEncoder(Encoder):
    """A conv stack, flattened into an MLP: (B, C, H, W) → (B, width, h, w) → (B, feature_dim).

    width: the channels of every layer, or those of each.
    """

    def __init__(
        self,
        plan: ConvPlan,
        input_shape: Shape,
        feature_dim: int,
        *,
        width: int | Sequence[int],
        hidden: tuple[int, ...],
        nonlin: Nonlinearity,
        residual: bool,
        coord: bool = False,
    ) -> None:
        super().__init__(input_shape, feature_dim, coord=coord)
        self.short_name = f"c{plan.depth}"
        widths = [width] * plan.depth if isinstance(width, int) else width
        smallest = smallest_map(plan, self.input_shape, widths[-1])
        channels = list(pairwise((self.first_shape[0], *widths)))
        options = LayerOptions(is_vector(self.input_shape), nonlin, residual)
        self.layers = nn.Sequential(*conv_stack(channels, options, down=plan.down, first_kernel=5))
        self.head = mlp(size(smallest), hidden, feature_dim, nonlin=nonlin)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(self.with_coordinates(x)).flatten(1))


@encoder("conv12")
class Conv12Encoder(ConvEncoder):
    """12 convs, 5 halvings: 64 → 2; the defaults are those for images of 64×64."""

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        *,
        width: Width = 64,
        hidden: tuple[Width, ...] = (256, 128),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        coord: bool = False,
    ) -> None:
        super().__init__(
            CONV12,
            input_shape,
            feature_dim,
            width=width,
            hidden=hidden,
            nonlin=nonlin,
            residual=residual,
            coord=coord,
        )


@encoder("conv16")
class Conv16Encoder(ConvEncoder):
    """16 convs, 6 halvings: 128 → 2; the defaults are those for images of 128×128."""

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        *,
        width: Width = 128,
        hidden: tuple[Width, ...] = (512, 256, 128),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        coord: bool = False,
    ) -> None:
        super().__init__(
            CONV16,
            input_shape,
            feature_dim,
            width=width,
            hidden=hidden,
            nonlin=nonlin,
            residual=residual,
            coord=coord,
        )


@encoder("conv")
class Conv5Encoder(ConvEncoder):
    """5 convs that all halve: 64 → 2, of these `channels`, or else of `width` each (code of August 2021)."""

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        *,
        width: Width = 64,
        channels: tuple[Width, ...] | None = None,
        hidden: tuple[Width, ...] = (256, 128),
        nonlin: Nonlinearity = "elu",
        residual: bool = False,
        coord: bool = False,
    ) -> None:
        if channels is not None and len(channels) != 5:
            raise CallError(f"conv has 5 layers, so channels must be 5 numbers, not {list(channels)}")
        super().__init__(
            CONV5,
            input_shape,
            feature_dim,
            width=width if channels is None else channels,
            hidden=hidden,
            nonlin=nonlin,
            residual=residual,
            coord=coord,
        )

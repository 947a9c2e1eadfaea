"""The networks of latent quantization but for its style decoders (Hsu et al., NeurIPS 2023, its code).

A block is conv → instance norm → leaky ReLU of 0.2; convs have no biases. Decoders mirror the encoders.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Literal

from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..registry import decoder, encoder
from .distribution import Distribution
from .encoder_decoder import Decoder, Encoder
from .instance_norm import InstanceNorm
from .layers import fan_in_uniform_, mlp
from .shapes import Shape, bottleneck, require_image
from .shapes import size as numbers

Size = Literal["large", "small"]
NORM_EPS = 1e-6
SLOPE = 0.2


@dataclass(frozen=True)
class QlaePlan:
    """Channels of an encoder's four halvings, (kernel, stride) of each one's convs, and the layers behind."""

    channels: tuple[int, int, int, int]
    convs: tuple[tuple[int, int], ...]
    hidden: tuple[int, ...]

    def down(self) -> list[tuple[int, int, int]]:
        """(channels, kernel, stride) of every conv of an encoder."""
        return [(channels, *conv) for channels in self.channels for conv in self.convs]

    def up(self) -> list[tuple[int, int, int]]:
        """(channels, kernel, stride) of every transposed conv of a decoder."""
        return [(channels, *conv) for channels in reversed(self.channels) for conv in self.convs]


PLANS = {
    "large": QlaePlan((32, 64, 128, 256), ((3, 1), (3, 1), (4, 2)), (256, 256)),
    "small": QlaePlan((64, 128, 256, 512), ((4, 2),), (512,)),
}


def plan_and_map(size: str, shape: Shape) -> tuple[QlaePlan, Shape]:
    """The plan of this size, and the smallest map of images of this shape; CallError if they do not fit."""
    if size not in PLANS:
        raise CallError(f"qlae has the sizes {' and '.join(PLANS)}, not {size!r}")
    require_image(shape, "qlae")
    plan = PLANS[size]
    smallest = bottleneck(shape, 4, plan.channels[-1], network="qlae")
    if smallest[1:] == (1, 1):
        raise CallError(
            "qlae normalizes each map, and 1×1 has nothing left once it is normalized; take larger images"
        )
    return plan, smallest


@encoder("qlae")
class QlaeEncoder(Encoder):
    """12 convs (`large`) or 4 (`small`: shallower, though with more parameters), then ReLU layers, a head.

    `trunk` gives the features before the head (B, trunk_dim), which a critic may share.
    """

    def __init__(
        self, input_shape: Shape, feature_dim: int, *, size: Size = "large", coord: bool = False
    ) -> None:
        super().__init__(input_shape, feature_dim, coord=coord)
        plan, smallest = plan_and_map(size, self.input_shape)
        self.short_name = "q12" if size == "large" else "q4"
        channels = pairwise([self.first_shape[0], *(c for c, *_ in plan.down())])
        self.layers = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(before, after, kernel, stride, 1, bias=False), *_normed(after))
                for (before, after), (_, kernel, stride) in zip(channels, plan.down(), strict=True)
            )
        )
        *hidden, self.trunk_dim = plan.hidden
        self.hidden = nn.Sequential(*mlp(numbers(smallest), hidden, self.trunk_dim, nonlin="relu"), nn.ReLU())
        self.head = nn.Linear(self.trunk_dim, feature_dim)

    def trunk(self, x: Tensor) -> Tensor:
        """The last hidden features (B, trunk_dim)."""
        return self.hidden(self.layers(self.with_coordinates(x)).flatten(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.trunk(x))


@decoder("qlae")
class QlaeDecoder(Decoder):
    """ReLU layers onto the smallest map, 12 or 4 transposed convs, then one of 1×1 to the image.

    transition_channels: of the smallest map; the original takes those of whichever encoder stands before it.
    """

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        size: Size = "large",
        transition_channels: Width | None = None,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        plan, smallest = plan_and_map(size, self.output_shape)
        self.short_name = "q12" if size == "large" else "q4"
        self.smallest = (transition_channels or smallest[0], *smallest[1:])
        self.project = nn.Sequential(
            *mlp(latent_dim, plan.hidden, numbers(self.smallest), nonlin="relu"), nn.ReLU()
        )
        channels = pairwise([self.smallest[0], *(c for c, *_ in plan.up())])
        self.layers = nn.Sequential(
            *(
                nn.Sequential(transposed_conv(before, after, kernel, stride), *_normed(after))
                for (before, after), (_, kernel, stride) in zip(channels, plan.up(), strict=True)
            ),
            nn.Conv2d(plan.channels[0], self.output_shape[0], 1, bias=False),
        )

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(self.project(codes).unflatten(1, self.smallest))


@encoder("qlae-dense")
class QlaeDenseEncoder(Encoder):
    """4 × (2048 → layer norm → ReLU), then a head; for images and vectors."""

    short_name = "q2048x4"

    def __init__(self, input_shape: Shape, feature_dim: int) -> None:
        super().__init__(input_shape, feature_dim)
        self.trunk_dim = 2048
        self.layers = _dense(numbers(self.input_shape), self.trunk_dim, depth=4)
        self.head = nn.Linear(self.trunk_dim, feature_dim)

    def trunk(self, x: Tensor) -> Tensor:
        """The last hidden features (B, trunk_dim)."""
        return self.layers(x.flatten(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.trunk(x))


@decoder("qlae-dense")
class QlaeDenseDecoder(Decoder):
    """4 × (2048 → layer norm → ReLU), then the pixels; for images and vectors."""

    short_name = "q2048x4"

    def __init__(
        self, latent_dim: int, output_shape: Shape, *, distribution: Distribution | None = None
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        self.layers = _dense(latent_dim, 2048, depth=4)
        self.head = nn.Linear(2048, numbers(self.output_shape))

    def forward(self, codes: Tensor) -> Tensor:
        return self.head(self.layers(codes)).unflatten(1, self.output_shape)


def transposed_conv(before: int, after: int, kernel: int, stride: int) -> nn.ConvTranspose2d:
    """Without bias, padded by 1, drawn as Equinox does."""
    return fan_in_uniform_(nn.ConvTranspose2d(before, after, kernel, stride, 1, bias=False))


def _normed(channels: int) -> tuple[nn.Module, nn.Module]:
    return InstanceNorm(channels, NORM_EPS), nn.LeakyReLU(SLOPE, inplace=True)


def _dense(inputs: int, units: int, depth: int) -> nn.Sequential:
    widths = pairwise((inputs, *[units] * depth))
    blocks = ((nn.Linear(before, after), nn.LayerNorm(after), nn.ReLU()) for before, after in widths)
    return nn.Sequential(*chain.from_iterable(blocks))

"""The 45×45 networks for HWF symbols of weak disentanglement (Valenti and Bacciu, IJCNN 2022, its code)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from ..config.coercion import Width
from ..errors import CallError
from ..registry import decoder, encoder
from .distribution import Distribution
from .encoder_decoder import Decoder, Encoder
from .shapes import WAY_OUT, Shape, require_image, size

KERNELS = (5, 5, 3)  # of the encoder's convs of stride 2 without padding; the decoder's in reverse
HIDDEN = 1024
SLOPE = 0.1


def smallest_map(shape: Shape, width: int) -> Shape:
    """The map behind the encoder's convs and before the decoder's; CallError where they are no inverses.

    >>> smallest_map((1, 45, 45), 32)
    (32, 4, 4)
    """
    require_image(shape, "hwf")
    sides = shape[1:]
    if any(side < 21 or (side - 13) % 8 for side in sides):
        raise CallError(
            "hwf has convs of stride 2 without padding, which fit sides of 8 n + 13 (21, 29, 37, 45, …, 69); "
            f"the data gives {sides[0]}×{sides[1]}: {WAY_OUT}"
        )
    return (width, (sides[0] - 13) // 8, (sides[1] - 13) // 8)


@encoder("hwf")
class HwfEncoder(Encoder):
    """Strided convs of `width` channels with kernels 5, 5, 3 and BatchNorm, then 1024; leaky ReLU of 0.1."""

    short_name = "hwf"

    def __init__(self, input_shape: Shape, feature_dim: int, *, width: int = 32, coord: bool = False) -> None:
        super().__init__(input_shape, feature_dim, coord=coord)
        smallest = smallest_map(self.input_shape, width)
        channels = pairwise((self.first_shape[0], width, width, width))
        self.layers = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(before, after, kernel, stride=2, bias=False), *_normed(after))
                for (before, after), kernel in zip(channels, KERNELS, strict=True)
            )
        )
        self.head = nn.Sequential(
            nn.Linear(size(smallest), HIDDEN),
            nn.LeakyReLU(SLOPE, inplace=True),
            nn.Linear(HIDDEN, feature_dim),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(self.with_coordinates(x)).flatten(1))


@decoder("hwf")
class HwfDecoder(Decoder):
    """Layers of 1024 and of the smallest map, then the encoder's convs transposed and in reverse."""

    short_name = "hwf"

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        width: Width = 32,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        self.smallest = smallest_map(self.output_shape, width)
        self.project = nn.Sequential(
            nn.Linear(latent_dim, HIDDEN),
            nn.LeakyReLU(SLOPE, inplace=True),
            nn.Linear(HIDDEN, size(self.smallest)),
            nn.LeakyReLU(SLOPE, inplace=True),
        )
        first, second, last = (
            nn.ConvTranspose2d(width, after, kernel, stride=2, bias=False)
            for after, kernel in zip((width, width, self.output_shape[0]), reversed(KERNELS), strict=True)
        )
        self.layers = nn.Sequential(
            nn.Sequential(first, *_normed(width)),
            nn.Sequential(second, *_normed(width, slope=SLOPE**2)),  # published: the activation comes twice
            last,
        )

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(self.project(codes).unflatten(1, self.smallest))


def _normed(width: int, slope: float = SLOPE) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(width), nn.LeakyReLU(slope, inplace=True)

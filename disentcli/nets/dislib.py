"""The networks of disentanglement_lib: conv_encoder and deconv_decoder (Locatello et al., ICML 2019)."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from ..config.coercion import Width
from ..registry import decoder, encoder
from .distribution import Distribution
from .encoder_decoder import Decoder, Encoder
from .layers import Initialization, Nonlinearity, initialize, mlp, nonlinearity
from .shapes import Shape, bottleneck, require_image, size


@encoder("dislib")
class DislibEncoder(Encoder):
    """Strided convs of 32, 32, 64, 64 channels with kernels 4, 4, 2, 2, then a layer of 256; ReLU.

    heads: as of `initialize`; the latent says it.
    """

    short_name = "dislib"

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        *,
        kernels: tuple[Width, ...] = (4, 4, 2, 2),
        nonlin: Nonlinearity = "relu",
        coord: bool = False,
        initialization: Initialization = "torch",
        heads: int = 1,
    ) -> None:
        super().__init__(input_shape, feature_dim, coord=coord)
        require_image(self.input_shape, "dislib")
        smallest = bottleneck(self.input_shape, 4, 64, network="dislib")
        channels = pairwise((self.first_shape[0], 32, 32, 64, 64))
        convs = [
            # TensorFlow's "same" padding of an even side: 1 on each side for kernel 4, none for kernel 2.
            nn.Conv2d(before, after, kernel, stride=2, padding=kernel // 2 - 1)
            for (before, after), kernel in zip(channels, kernels, strict=True)
        ]
        self.layers = nn.Sequential(*(nn.Sequential(conv, nonlinearity(nonlin)) for conv in convs))
        self.head = mlp(size(smallest), (256,), feature_dim, nonlin=nonlin)
        last = self.head[-1]
        assert isinstance(last, nn.Linear)
        initialize(self, initialization, head=last, heads=heads)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(self.with_coordinates(x)).flatten(1))


@decoder("dislib")
class DislibDecoder(Decoder):
    """Layers of 256 and 1024, then transposed convs of 64, 32, 32, C channels with kernel 4; ReLU."""

    short_name = "dislib"

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        nonlin: Nonlinearity = "relu",
        initialization: Initialization = "torch",
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        require_image(self.output_shape, "dislib")
        self.smallest = bottleneck(self.output_shape, 4, 64, network="dislib")
        self.project = nn.Sequential(
            *mlp(latent_dim, (256,), size(self.smallest), nonlin=nonlin), nonlinearity(nonlin)
        )
        channels = pairwise((64, 64, 32, 32, self.output_shape[0]))
        convs = [nn.ConvTranspose2d(before, after, 4, stride=2, padding=1) for before, after in channels]
        *inner, last = convs
        self.layers = nn.Sequential(*(nn.Sequential(conv, nonlinearity(nonlin)) for conv in inner), last)
        initialize(self, initialization)

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(self.project(codes).unflatten(1, self.smallest))

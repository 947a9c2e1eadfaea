"""Encoders and decoders made of lists of layers: the published networks by name."""

from __future__ import annotations

from torch import Tensor, nn

from ..errors import CallError
from ..registry import decoder, encoder
from .architectures import NETWORKS, architecture_named
from .distribution import Distribution
from .encoder_decoder import Decoder, Encoder
from .layer_specs import Layers, Linear, assemble, transposed
from .layers import initialize
from .shapes import Shape, size


@encoder("layers")
class LayeredEncoder(Encoder):
    """The layers of `network`, then a linear head.

    heads: as of `initialize`; the latent says it.
    """

    def __init__(
        self,
        input_shape: Shape,
        feature_dim: int,
        *,
        network: str = "burgess",
        coord: bool = False,
        heads: int = 1,
    ) -> None:
        super().__init__(input_shape, feature_dim, coord=coord)
        published = architecture_named(network)
        if not published.encoder:
            there = ", ".join(name for name, one in NETWORKS.items() if one.encoder)
            raise CallError(f"{network} is a decoder only; choose an encoder too: {there}")
        self.short_name = network
        self.layers, smallest = assemble(published.encoder, self.first_shape)
        self.head = nn.Linear(size(smallest), feature_dim)
        initialize(self, published.initialization, head=self.head, heads=heads)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layers(self.with_coordinates(x)))


@decoder("layers")
class LayeredDecoder(Decoder):
    """The decoder's layers of `network`, or its encoder's, transposed and in reverse."""

    def __init__(
        self,
        latent_dim: int,
        output_shape: Shape,
        *,
        network: str = "burgess",
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        published = architecture_named(network)
        self.short_name = network
        if published.decoder is None:
            layers = mirrored(published.encoder, latent_dim, self.output_shape)
        else:
            layers = published.decoder(self.output_shape)
        self.layers, shape = assemble(layers, (latent_dim,))
        if shape != self.output_shape:
            raise CallError(f"the decoder {network} gives {shape}, the data are {self.output_shape}")
        initialize(self, published.initialization)

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(codes)


def mirrored(encoder_layers: Layers, latent_dim: int, image: Shape) -> Layers:
    """A decoder from an encoder: its layers and a head for the codes, transposed."""
    return transposed((*encoder_layers, Linear(latent_dim)), image)

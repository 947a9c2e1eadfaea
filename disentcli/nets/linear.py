"""Linear networks: one matrix each way."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import decoder, encoder
from .decoder import Decoder
from .distribution import Distribution
from .encoder import Encoder
from .shapes import Shape, size


@encoder("linear")
class LinearEncoder(Encoder):
    """One linear layer on all pixels."""

    short_name = "linear"

    def __init__(self, input_shape: Shape, feature_dim: int) -> None:
        super().__init__(input_shape, feature_dim)
        self.layer = nn.Linear(size(self.input_shape), feature_dim)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x.flatten(1))


@decoder("linear")
class LinearDecoder(Decoder):
    """One linear layer to all pixels."""

    short_name = "linear"

    def __init__(
        self, latent_dim: int, output_shape: Shape, *, distribution: Distribution | None = None
    ) -> None:
        super().__init__(latent_dim, output_shape, distribution)
        self.layer = nn.Linear(latent_dim, size(self.output_shape))

    def forward(self, codes: Tensor) -> Tensor:
        return self.layer(codes).unflatten(1, self.output_shape)

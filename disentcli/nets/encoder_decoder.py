"""What every encoder and every decoder has, and the simplest of them: one linear layer each."""

from __future__ import annotations

from torch import Tensor, nn

from ..registry import decoder, encoder
from .distribution import Distribution, default_distribution
from .layers import Coordinates
from .shapes import Kind, Shape, is_vector, require_kind, size


class Encoder(nn.Module):
    """x (B, *input_shape) → features (B, feature_dim), which a latent turns into codes.

    With `coord`, two channels are added for its first layer: each pixel's row and column, in [0, 1].
    """

    short_name = "enc"  # in the names of runs
    kinds: tuple[Kind, ...] = ("image", "vector")  # of observations that it can encode

    def __init__(self, input_shape: Shape, feature_dim: int, *, coord: bool = False) -> None:
        super().__init__()
        require_kind(tuple(input_shape), self.kinds, f"the encoder {self.short_name}")
        self.input_shape = tuple(input_shape)
        self.feature_dim = feature_dim
        self.coordinates = Coordinates(self.input_shape) if coord else None
        self.first_shape = (self.input_shape[0] + 2, *self.input_shape[1:]) if coord else self.input_shape

    def with_coordinates(self, x: Tensor) -> Tensor:
        """The images as the first layer takes them (B, *first_shape): with coordinates if `coord`."""
        return x if self.coordinates is None else self.coordinates(x)


class Decoder(nn.Module):
    """codes (B, latent_dim) → outputs (B, *output_shape), logits of images, or of symbols, as a rule.

    distribution: p(x | z) with these outputs; None for Bernoulli pixels, the squared error
      of vectors, or symbols of pianorolls.
    """

    short_name = "dec"  # in the names of runs
    kinds: tuple[Kind, ...] = ("image", "vector")  # of observations that it can decode

    def __init__(
        self, latent_dim: int, output_shape: Shape, distribution: Distribution | None = None
    ) -> None:
        super().__init__()
        require_kind(tuple(output_shape), self.kinds, f"the decoder {self.short_name}")
        self.latent_dim = latent_dim
        self.output_shape = tuple(output_shape)
        self.vector = is_vector(self.output_shape)
        self.distribution = default_distribution(distribution, self.output_shape)

    def check_compatible(self, encoder: Encoder) -> None:
        """Raise CallError where this decoder cannot decode what the encoder encodes."""

    def mean(self, logits: Tensor) -> Tensor:
        """The expected observation: images in [0, 1], vectors as they are; of symbols, the most likely."""
        return self.distribution.mean(logits)

    def loss(self, logits: Tensor, observations: Tensor) -> Tensor:
        """−log p(x | z), a scalar: summed over an observation, averaged over the batch."""
        return self.distribution.loss(logits, observations)

    def least_loss(self, observations: Tensor) -> Tensor:
        """The least that `loss` can be of these observations, whatever the logits; Unsupported if unknown."""
        return self.distribution.least_loss(observations)


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

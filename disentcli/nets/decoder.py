"""What every decoder has: the codes it reads, the shape it gives, what its outputs say of observations."""

from __future__ import annotations

from torch import Tensor, nn

from .distribution import Distribution, checked
from .encoder import Encoder
from .shapes import Shape, is_vector


class Decoder(nn.Module):
    """codes (B, latent_dim) → outputs (B, *output_shape), logits of images as a rule.

    distribution: what they say of an observation; None for Bernoulli pixels, or the squared error of vectors.
    """

    short_name = "dec"  # stands for the decoder in the names of runs

    def __init__(
        self, latent_dim: int, output_shape: Shape, distribution: Distribution | None = None
    ) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.output_shape = tuple(output_shape)
        self.vector = is_vector(self.output_shape)
        self.distribution = checked(distribution, self.output_shape)

    def check_compatible(self, encoder: Encoder) -> None:
        """Get to know the encoder of the codes; raises CallError where the two do not belong together."""

    def mean(self, logits: Tensor) -> Tensor:
        """The expected observation: images in [0, 1], vectors as they are."""
        return self.distribution.mean(logits)

    def loss(self, logits: Tensor, observations: Tensor) -> Tensor:
        """−log p(x | z), a scalar: summed over an observation, averaged over the batch."""
        return self.distribution.loss(logits, observations)

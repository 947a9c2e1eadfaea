"""What every decoder has: the codes it reads, the shape it gives, what its logits say of observations."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .encoder import Encoder
from .reconstruction import reconstruction_loss
from .shapes import Shape, is_vector


class Decoder(nn.Module):
    """codes (B, latent_dim) → logits (B, *output_shape); for vectors, the output itself."""

    code = "dec"  # stands for the decoder in the names of runs

    def __init__(self, latent_dim: int, output_shape: Shape) -> None:
        super().__init__()
        self.latent_dim = latent_dim
        self.output_shape = tuple(output_shape)
        self.vector = is_vector(self.output_shape)

    def meet(self, encoder: Encoder) -> None:
        """Get to know the encoder of the codes; raises CallError where the two do not belong together."""

    def mean(self, logits: Tensor) -> Tensor:
        """The expected observation: images in [0, 1], vectors as they are."""
        return logits if self.vector else torch.sigmoid(logits)

    def loss(self, logits: Tensor, observations: Tensor) -> Tensor:
        """−log p(x | z), a scalar: summed over an observation, averaged over the batch.

        Images have the Bernoulli loss, vectors the squared error; a decoder of another distribution its own.
        """
        return reconstruction_loss(logits, observations)

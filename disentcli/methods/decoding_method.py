"""Methods with a decoder: decoding codes, drawing them, reconstructing the images of a batch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..latents.latent import Latent
from ..nets.encoder_decoder import Decoder
from .method import Method
from .samplers import Sampler


class DecodingMethod(Method):
    """A latent and a decoder; where the codes of images come from, subclasses say."""

    latent: Latent
    decoder: Decoder
    sampler: Sampler | None

    @property
    def latent_dim(self) -> int:
        """How many numbers a code has."""
        return self.latent.latent_dim

    def decode(self, codes: Tensor) -> Tensor:
        """Expected observations of codes (B, latent_dim): images in [0, 1]."""
        return self.decoder.mean(self.decoder(self.latent.to_decoder(codes)))

    def reconstruction(self, logits: Tensor, batch: Tensor) -> Tensor:
        """−log p(x | z) as the decoder models it, a scalar: summed over pixels, averaged over the batch."""
        return self.decoder.loss(logits, batch)

    def reconstruct_items(self, items: Any) -> Tensor:
        """The expected observations of the codes of single images, or of `LabelledItems` of such."""
        (name,) = self.representation_names
        return self.decode(self.encode_items(items, name))

    def sample_prior(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, latent_dim) of the prior that codes are trained towards; Unsupported without one."""
        return self.latent.prior(n, generator, next(self.parameters()).device)

    def sample_codes(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """Codes (n, latent_dim) from the sampler or else the prior; Unsupported without either."""
        if self.sampler is None:
            return self.sample_prior(n, generator)
        return self.sampler.sample(n, generator).to(next(self.parameters()).device)

    def generate(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """New observations (n, *output_shape)."""
        return self.decode(self.sample_codes(n, generator))

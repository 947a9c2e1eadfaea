"""What every latent has: codes from features, samples for the decoder, loss terms, a prior, traversals."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ..errors import CallError, Unsupported

STEPS = 9  # values of a dimension in a traversal
OUTER = (0.025, 0.975)  # quantiles of the codes between which it runs


class Latent(nn.Module):
    """The latent space between encoder and decoder: features (B, feature_dim) → codes (B, latent_dim).

    This base is the identity without a prior; a latent says what it does otherwise.
    """

    heads = 1  # how many vectors the features are, one after another: mean and log-variance
    noise_dim = 0  # how many standard normal numbers a sampled code needs
    discrete = False  # whether codes are entries of codebooks, and have indices
    ordered = True  # whether a code is a number on a scale, not the name of something
    needs_decoder = False  # whether codes are found by decoding too, by the one method that does so
    loss_names: tuple[str, ...] = ()  # the names of the losses it adds

    def __init__(self, latent_dim: int, feature_dim: int) -> None:
        super().__init__()
        if latent_dim < 1:
            raise CallError(f"latent-dim must be at least 1, got {latent_dim}")
        self.latent_dim = latent_dim
        self.feature_dim = feature_dim

    @property
    def decoder_dim(self) -> int:
        """How many numbers the decoder reads for a code."""
        return self.latent_dim

    def distribution_params(self, features: Tensor) -> Any:
        """The parameters of the codes' distribution, read off the features.

        Every method below that reads features takes these parameters in their place as well, so that a
        training step reads them once.
        """
        return features

    def codes(self, features: Tensor) -> Tensor:
        """The mean code (B, latent_dim)."""
        return features

    def sample_for_decoder(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        """What the decoder reads (B, decoder_dim) of a code drawn with this noise (B, noise_dim).

        Without noise, of the mean code.
        """
        return self.codes(features)

    def draw_codes(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        """A code (B, latent_dim) drawn with this noise (B, noise_dim); the mean code without.

        Here: what the decoder reads of it, or the mean code of a latent that draws none.
        """
        return self.sample_for_decoder(features, noise) if self.noise_dim else self.codes(features)

    def to_decoder(self, codes: Tensor) -> Tensor:
        """What the decoder reads (N, decoder_dim) of codes (N, latent_dim)."""
        return codes

    def project(self, codes: Tensor) -> Tensor:
        """The codes (N, latent_dim) nearest to these that an observation can have."""
        return codes

    def indices(self, codes: Tensor) -> Tensor:
        """Which value of its codebook each code (N, latent_dim) is; raises Unsupported without codebooks."""
        raise Unsupported(f"{type(self).__name__} is continuous: its codes have no indices")

    def traversal(self, codes: Tensor) -> Tensor:
        """The values (latent_dim, steps) that show each dimension, given codes (N, latent_dim) of images.

        Here: nine steps through the middle 95 % of the codes.
        """
        low, high = codes.quantile(codes.new_tensor(OUTER), dim=0)
        return torch.lerp(low[:, None], high[:, None], torch.linspace(0, 1, STEPS).to(codes))

    def losses(self, features: Tensor, codes: Tensor) -> dict[str, Tensor]:
        """The terms this latent adds, each a scalar averaged over the batch.

        Sums over dimensions, unless the published term is a mean. Here: `kl`, where there are divergences.
        """
        divergences = self.divergences(features)
        return {} if divergences is None else {"kl": divergences.sum() / len(divergences)}

    def divergences(self, features: Tensor) -> Tensor | None:
        """The KL divergence (B, latent_dim) of each code's distribution from its prior; None without one."""
        return None

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Codes (n, latent_dim) drawn from the prior; raises Unsupported where there is none."""
        raise Unsupported(
            f"{type(self).__name__} has no prior to draw codes from; stack `hybrid` (fig train hybrid …), "
            "which mixes the codes of the training images"
        )


def standard_normal(
    n: int, dim: int, generator: torch.Generator | None, device: torch.device | str | None = None
) -> Tensor:
    """(n, dim) numbers, drawn where the generator lives (so that its stream is the same for every device)."""
    drawn_on = device if generator is None else generator.device
    return torch.randn(n, dim, generator=generator, device=drawn_on).to(device)

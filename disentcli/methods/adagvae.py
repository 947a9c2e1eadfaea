"""Ada-GVAE and Ada-ML-VAE: VAEs on pairs of images that share some factors, without labels of which."""

from __future__ import annotations

from math import log
from typing import Literal

import torch
from torch import Tensor

from ..errors import CallError
from ..latents.latent import Latent, standard_normal
from ..nets.encoder_decoder import Decoder, Encoder
from ..registry import method
from .autoencoder import Autoencoder
from .samplers import Sampler
from .vae import require_gaussian


def divergences(mean: Tensor, logvar: Tensor, *, symmetric: bool = False) -> Tensor:
    """δ (B, D) of pairs of Gaussians (B, 2, D): 2·KL(q₁ ‖ q₂), or KL(q₁ ‖ q₂) + KL(q₂ ‖ q₁).

    2·KL(q₁ ‖ q₂) = v₁/v₂ + (μ₂ − μ₁)²/v₂ − 1 + log v₂ − log v₁

    >>> divergences(torch.tensor([[[0.0], [3.0]]]), torch.zeros(1, 2, 1))
    tensor([[9.]])
    """
    distance = (mean[:, 1] - mean[:, 0]).square()
    ratio = logvar[:, 0] - logvar[:, 1]
    one_way = ratio.exp() + distance * (-logvar[:, 1]).exp() - 1 - ratio
    if not symmetric:
        return one_way
    other_way = (-ratio).exp() + distance * (-logvar[:, 0]).exp() - 1 + ratio
    return 0.5 * (one_way + other_way)


def is_shared(delta: Tensor) -> Tensor:
    """(B, D) bool: the dimensions below the middle of each pair's range, δ < (min δ + max δ) / 2."""
    return delta < 0.5 * (delta.amin(-1, keepdim=True) + delta.amax(-1, keepdim=True))


@method("adagvae")
class AdaGVAE(Autoencoder):
    """Adaptive group VAE (Locatello et al., ICML 2020), a β-VAE on pairs (B, 2, …), with β = reg_wt.

    In dimensions where the posteriors of a pair are close, both get the average: the mean of the means, the
    mean of the variances. Reconstruction and KL terms, then taken, are means over both images.

    divergence: how close posteriors are, one-sided as in disentanglement_lib, or the symmetric variant.
    """

    short_name = "adagvae"
    num_views = 2

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 1.0,
        divergence: Literal["one-sided", "symmetric"] = "one-sided",
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt)
        if require_gaussian(self.short_name, latent).scale != "log-variance":
            raise CallError(
                f"{self.short_name} gives its latent log-variances: set model.latent.scale to log-variance"
            )
        self.divergence = divergence

    def average(self, mean: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
        """The average posterior: mean and log-variance (B, 1, D) of two (B, 2, D)."""
        return mean.mean(1, keepdim=True), logvar.logsumexp(1, keepdim=True) - log(2)

    def adapt(self, mean: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log-variances (B, 2, D), with the average where a pair shares a dimension."""
        delta = divergences(mean, logvar, symmetric=self.divergence == "symmetric")
        shared = is_shared(delta)[:, None]
        mean_of_both, logvar_of_both = self.average(mean, logvar)
        return torch.where(shared, mean_of_both, mean), torch.where(shared, logvar_of_both, logvar)

    def losses(self, batch: Tensor, noise: Tensor | None = None, player: str = "model") -> dict[str, Tensor]:
        images = batch.flatten(0, 1)
        posteriors = (
            part.unflatten(0, (-1, 2)) for part in self.latent.distribution_params(self.encoder(images))
        )
        features = torch.cat(self.adapt(*posteriors), dim=-1).flatten(0, 1)
        codes = self.latent.sample_for_decoder(
            features, None if noise is None else noise.reshape(len(images), -1)
        )
        reconstruction = self.reconstruction(self.decoder(codes), images)
        return {"reconstruction": reconstruction, **self.latent.losses(features, codes)}

    def weights(self, step: int) -> dict[str, float]:
        return {"reconstruction": 1.0, "kl": self.reg_wt}

    def noise(
        self, batch_size: int, generator: torch.Generator | None, device: torch.device | str | None = None
    ) -> Tensor:
        """(B, 2·noise_dim): the noise of both images."""
        return standard_normal(batch_size, 2 * self.latent.noise_dim, generator, device)


@method("adamlvae")
class AdaMLVAE(AdaGVAE):
    """Adaptive multi-level VAE (Locatello et al., ICML 2020): AdaGVAE with a product for the average.

    product: `published` is the released code's, v = 2·v₁·v₂ / (v₁ + v₂) and μ = v/2 · (μ₁/v₁ + μ₂/v₂);
      `exact` is the product of the two Gaussians, with half of that variance.
    """

    short_name = "adamlvae"

    def __init__(
        self,
        latent: Latent,
        encoder: Encoder,
        decoder: Decoder,
        sampler: Sampler | None = None,
        *,
        reg_wt: float = 1.0,
        divergence: Literal["one-sided", "symmetric"] = "one-sided",
        product: Literal["published", "exact"] = "published",
    ) -> None:
        super().__init__(latent, encoder, decoder, sampler, reg_wt=reg_wt, divergence=divergence)
        self.product = product

    def average(self, mean: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
        mean_of_both = ((-logvar).softmax(1) * mean).sum(1, keepdim=True)
        logvar_of_both = -(-logvar).logsumexp(1, keepdim=True)
        return mean_of_both, logvar_of_both + log(2) if self.product == "published" else logvar_of_both

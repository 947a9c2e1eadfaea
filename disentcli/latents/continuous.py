"""Latents of real numbers: plain, Gaussian, uniform, noisy and clamped."""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ..errors import CallError
from ..registry import latent
from .latent import Latent, standard_normal


@latent("plain")
class PlainLatent(Latent):
    """Deterministic codes without a prior, as in an autoencoder."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim, feature_dim=latent_dim)


Scale = Literal["log-variance", "log-deviation", "softplus"]


def gaussian_kl(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) = (μ² + σ² − log σ² − 1) / 2, summed over dimensions, averaged over the batch.

    >>> float(gaussian_kl(torch.full((5, 3), 2.0), torch.zeros(5, 3)))  # 3 dimensions of μ² / 2
    6.0
    """
    return gaussian_divergences(mean, logvar).sum() / len(mean)


def gaussian_divergences(mean: Tensor, logvar: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) of each entry."""
    return 0.5 * (mean.square() + logvar.exp() - logvar - 1)


def log_softplus(x: Tensor) -> Tensor:
    """log log(1 + eˣ), which is x to seven digits below −16."""
    return torch.where(x < -16, x, F.softplus(x.clamp(min=-16)).log())


@latent("gaussian")
class GaussianLatent(Latent):
    """Gaussian codes z = μ + σ·ε; features (B, 2·latent_dim) are all means, then all numbers s of deviations.

    scale: s = log σ²; `log-deviation`: s = log σ, as in Leeb et al. (ICLR 2023, code); `softplus`:
      σ = log(1 + eˢ), as in Hsu et al. (NeurIPS 2023, code).
    """

    loss_names = ("kl",)
    heads = 2

    def __init__(self, latent_dim: int, *, scale: Scale = "log-variance") -> None:
        super().__init__(latent_dim, feature_dim=2 * latent_dim)
        self.noise_dim = latent_dim
        self.scale = scale

    def distribution_params(self, features: Tensor | tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Mean and log-variance, each (B, latent_dim), of features; or these two, where they are given."""
        if isinstance(features, tuple):
            return features
        mean, scale = features.chunk(2, dim=-1)
        if self.scale == "log-variance":
            return mean, scale
        return mean, 2 * (scale if self.scale == "log-deviation" else log_softplus(scale))

    def codes(self, features: Tensor) -> Tensor:
        return self.distribution_params(features)[0]

    def sample_for_decoder(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        mean, logvar = self.distribution_params(features)
        return mean if noise is None else torch.addcmul(mean, (0.5 * logvar).exp(), noise)

    def losses(self, features: Tensor, codes: Tensor) -> dict[str, Tensor]:
        return {"kl": gaussian_kl(*self.distribution_params(features))}

    def divergences(self, features: Tensor) -> Tensor:
        return gaussian_divergences(*self.distribution_params(features))

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        return standard_normal(n, self.latent_dim, generator, device)


@latent("uniform")
class UniformLatent(Latent):
    """Codes are the features; the prior is U[0, 1) in every dimension (Hsu et al., NeurIPS 2023, code)."""

    def __init__(self, latent_dim: int) -> None:
        super().__init__(latent_dim, feature_dim=latent_dim)

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        drawn_on = device if generator is None else generator.device
        return torch.rand(n, self.latent_dim, generator=generator, device=drawn_on).to(device)


@latent("noisy-clamped")
class NoisyClampedLatent(Latent):
    """Codes clamp(z, -c, c) + s·ε with ε ~ N(0, 1); the mean code is without ε.

    limit: c; deviation: s. No values were published with it; these are ours: s is half the distance of ten
    values on [-c, c]. The published code adds noise in evaluation as well.
    """

    def __init__(self, latent_dim: int, *, limit: float = 0.5, deviation: float = 1 / 18) -> None:
        super().__init__(latent_dim, feature_dim=latent_dim)
        if limit <= 0 or deviation < 0:
            raise CallError(f"limit must be above 0 and deviation not below, got {limit} and {deviation}")
        self.noise_dim = latent_dim
        self.limit = limit
        self.deviation = deviation

    def codes(self, features: Tensor) -> Tensor:
        return features.clamp(-self.limit, self.limit)

    def sample_for_decoder(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        codes = self.codes(features)
        return codes if noise is None else torch.add(codes, noise, alpha=self.deviation)

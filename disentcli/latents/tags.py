"""The latent of MusAE with one Gaussian: Gaussian codes, and a binary tag vector beside them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ..config.coercion import PositiveInt
from ..errors import CallError
from ..registry import latent, prior
from .continuous import GaussianLatent
from .latent import Latent
from .priors import NormalNoise


@latent("gaussian-tags")
class GaussianTagsLatent(Latent):
    """latent_dim − tags Gaussian codes z = μ + σ·ε, then tags s = σ(features), each from 0 to 1.

    Features (B, 2·(latent_dim − tags) + tags) are means, log-variances, and logits of the tags. It has no KL
    term: an adversary moves codes to a prior, that of `gaussian-tags`.
    (Valenti et al., ECAI 2020, code: 512 and 32.)
    """

    def __init__(self, latent_dim: int, *, tags: PositiveInt = 32) -> None:
        _check_tags(latent_dim, tags)
        super().__init__(latent_dim, feature_dim=2 * latent_dim - tags)
        self.tags = tags
        self.noise_dim = latent_dim - tags
        self.gaussian = GaussianLatent(self.noise_dim)

    def distribution_params(self, features: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, Tensor, Tensor]:
        """Means and log-variances (B, latent_dim − tags), and logits of tags (B, tags)."""
        if isinstance(features, tuple):
            mean, logvar, logits = features
            return mean, logvar, logits
        gaussian, logits = features[:, : -self.tags], features[:, -self.tags :]
        return (*self.gaussian.distribution_params(gaussian), logits)

    def codes(self, features: Any) -> Tensor:
        mean, _, logits = self.distribution_params(features)
        return torch.cat([mean, logits.sigmoid()], dim=1)

    def sample_for_decoder(self, features: Any, noise: Tensor | None = None) -> Tensor:
        mean, logvar, logits = self.distribution_params(features)
        return torch.cat([self.gaussian.sample_for_decoder((mean, logvar), noise), logits.sigmoid()], dim=1)  # type: ignore[arg-type]

    def project(self, codes: Tensor) -> Tensor:
        """Tags from 0 to 1."""
        return torch.cat([codes[:, : -self.tags], codes[:, -self.tags :].clamp(0, 1)], dim=1)

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        found = GaussianTagsPrior(self.latent_dim, tags=self.tags)
        return found.from_noise(found.noise(n, generator, device))


@prior("gaussian-tags")
class GaussianTagsPrior(NormalNoise):
    """N(0, 1) in the first dimensions, and 0 or 1 with equal chance in the last ones, `tags` of them."""

    def __init__(self, latent_dim: int, *, tags: PositiveInt = 32) -> None:
        _check_tags(latent_dim, tags)
        super().__init__(latent_dim)
        self.tags = tags

    def from_noise(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.cat([noise[:, : -self.tags], (noise[:, -self.tags :] > 0).to(noise)], dim=1)


def _check_tags(latent_dim: int, tags: int) -> None:
    if not 1 <= tags < latent_dim:
        raise CallError(
            f"gaussian-tags has Gaussian dimensions beside its tags: latent-dim must be above {tags}, "
            f"got {latent_dim}"
        )

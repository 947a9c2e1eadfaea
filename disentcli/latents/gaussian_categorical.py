"""The latent of CascadeVAE: Gaussian codes and one category, which is found by decoding."""

from __future__ import annotations

from math import log
from typing import Any

import torch
from torch import Tensor

from ..errors import CallError, Unsupported
from ..registry import latent
from .continuous import GaussianLatent
from .latent import STEPS, Latent, standard_normal


@latent("gaussian-categorical")
class GaussianCategoricalLatent(Latent):
    """L = latent_dim − 1 Gaussian codes z = μ + σ·ε, then one code c for which of n categories it is.

    Features (B, 2·L) are means and log-variances. Category k has the code 2k / (n − 1) − 1, evenly spaced on
    [−1, 1] as in the published analysis (Montero et al., NeurIPS 2022); the decoder reads L codes and the
    category as one of n ones. No feature says the category: the method decodes all of them and compares.

    Until the buffer `active` is 1 there is no category: c is 0, and the decoder reads n zeros.

    categories: n, for dSprites 3, for 3D-Shapes and MPI3D 4, as published.
    """

    loss_names = ("kl",)
    heads = 2
    needs_decoder = True
    active: Tensor

    def __init__(self, latent_dim: int, *, categories: int = 3) -> None:
        if latent_dim < 2 or categories < 2:
            raise CallError(
                "gaussian-categorical has one latent dimension for 2 categories or more, and Gaussian ones: "
                f"set latent-dim to 2 or more; got {latent_dim} and {categories} categories"
            )
        super().__init__(latent_dim, feature_dim=2 * (latent_dim - 1))
        self.categories = categories
        self.noise_dim = latent_dim - 1
        self.gaussian = GaussianLatent(self.noise_dim)
        self.register_buffer("active", torch.tensor(0.0))

    @property
    def decoder_dim(self) -> int:
        return self.noise_dim + self.categories

    def distribution_params(self, features: Tensor | tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the Gaussian codes, each (B, L)."""
        return self.gaussian.distribution_params(features)

    def codes(self, features: Tensor) -> Tensor:
        """Raises Unsupported: features do not say the category."""
        raise Unsupported("the category is found by decoding: take the codes from the method's encode")

    def sample_for_decoder(self, features: Tensor, noise: Tensor | None = None) -> Tensor:
        """What the decoder reads of Gaussian codes without a category, (B, L + n)."""
        continuous = self.sample_continuous(features, noise)
        return self.join(continuous, continuous.new_zeros(len(continuous), self.categories))

    def sample_continuous(
        self, features: Tensor | tuple[Tensor, Tensor], noise: Tensor | None = None
    ) -> Tensor:
        """The Gaussian codes (B, L) drawn with this noise (B, L); the means without."""
        params: Any = self.distribution_params(features)
        return self.gaussian.sample_for_decoder(params, noise)

    def join(self, continuous: Tensor, one_hot: Tensor) -> Tensor:
        """What the decoder reads (B, L + n) of Gaussian codes and categories (B, n)."""
        return torch.cat([continuous, one_hot], dim=1)

    def to_decoder(self, codes: Tensor) -> Tensor:
        return self.join(codes[:, :-1], self.one_hot(self._category(codes)))

    def one_hot(self, category: Tensor) -> Tensor:
        """Categories (B,) int64 as (B, n) zeros and ones; zeros alone while there is none."""
        return one_hot(category, self.categories) * self.active

    def with_category(self, continuous: Tensor, category: Tensor) -> Tensor:
        """Codes (B, L + 1) of Gaussian codes (B, L) and categories (B,) int64."""
        numbers = self.active * (2 * category / (self.categories - 1) - 1)
        return torch.cat([continuous, numbers[:, None].to(continuous)], dim=1)

    def _category(self, codes: Tensor) -> Tensor:
        """The category (B,) int64 whose code is nearest."""
        places = (codes[:, -1] + 1) / 2 * (self.categories - 1)
        return places.round().clamp(0, self.categories - 1).long()

    def project(self, codes: Tensor) -> Tensor:
        return self.with_category(codes[:, :-1], self._category(codes))

    def divergences(self, features: Tensor) -> Tensor:
        """Those of the Gaussian codes, and of one certain category from n of equal chance: log n."""
        gaussian = self.gaussian.divergences(features)
        category = (log(self.categories) * self.active).expand(len(gaussian), 1)
        return torch.cat([gaussian, category], dim=1)

    def losses(self, features: Tensor, codes: Tensor) -> dict[str, Tensor]:
        """`kl`, of the Gaussian codes alone: that of the category is constant."""
        params: Any = self.distribution_params(features)
        return self.gaussian.losses(params, codes)

    def traversal(self, codes: Tensor) -> Tensor:
        """As that of any latent; the last dimension takes every category in turn."""
        values = super().traversal(codes)
        places = torch.linspace(0, self.categories - 1, STEPS).round().to(codes)
        values[-1] = self.active.to(codes) * (2 * places / (self.categories - 1) - 1)
        return values

    def prior(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Normal codes, and categories of equal chance."""
        drawn_on = device if generator is None else generator.device
        continuous = standard_normal(n, self.noise_dim, generator, device)
        category = torch.randint(self.categories, (n,), generator=generator, device=drawn_on).to(device)
        return self.with_category(continuous, category)


def one_hot(category: Tensor, categories: int) -> Tensor:
    """Categories (B,) int64 as (B, categories) truth values; nothing waits for the device."""
    return category[:, None] == torch.arange(categories, device=category.device)

"""Priors of codes that an adversary or a distance moves codes towards: a box and a Gaussian."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import log, pi

import torch
from torch import Tensor, nn

from ..config.coercion import PositiveFloat
from ..errors import CallError, Unsupported
from ..registry import prior

NONE = -1  # the region of a code that belongs to none


class Prior(nn.Module, ABC):
    """A distribution of codes (N, D), from which samples are made of noise that is drawn before the step.

    A prior of one region classifies all codes as region 0.
    """

    _place: Tensor
    regions = 1  # of which a sample may be asked, by number

    def __init__(self, latent_dim: int) -> None:
        super().__init__()
        if latent_dim < 1:
            raise CallError(f"latent-dim must be at least 1, got {latent_dim}")
        self.latent_dim = latent_dim
        self.register_buffer("_place", torch.empty(0), persistent=False)  # on the device of the prior

    def noise(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Uniform numbers (n, noise_dim) of which `from_noise` makes n samples."""
        drawn_on = device if generator is None else generator.device
        return torch.rand(n, self.noise_dim, generator=generator, device=drawn_on).to(device)

    @property
    def noise_dim(self) -> int:
        """How many numbers of `noise` a sample needs."""
        return self.latent_dim

    @abstractmethod
    def from_noise(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        """Samples (N, D) made of noise (N, noise_dim), each of its label's region (N,) int64, if given."""

    def sample(
        self, n: int, generator: torch.Generator | None = None, labels: Tensor | None = None
    ) -> Tensor:
        """n samples (n, D), or one of each label's region (n,) int64; on the device of the prior."""
        return self.from_noise(self.noise(n, generator, self._place.device), labels)

    def log_prob(self, codes: Tensor) -> Tensor:
        """The log-density (N,) of codes (N, D), all regions being equally likely."""
        each = self.region_log_prob(codes)
        return each.logsumexp(1) - log(each.shape[1])

    def region_log_prob(self, codes: Tensor) -> Tensor:
        """The log-density (N, regions) of codes (N, D) in each region; Unsupported where there is none."""
        raise Unsupported(f"{type(self).__name__} has no density")

    def classify(self, codes: Tensor, threshold: Tensor | float | None = None) -> Tensor:
        """The region (N,) int64 in which codes (N, D) are most likely.

        threshold: the least log-density in it, one number or one of each region (regions,); below it a code
          is of no region, −1. None for no threshold.
        """
        most, region = self.region_log_prob(codes).max(1)
        if threshold is None:
            return region
        least = torch.as_tensor(threshold, dtype=most.dtype, device=most.device)
        return torch.where(most >= (least[region] if least.ndim else least), region, NONE)


@prior("box")
class BoxPrior(Prior):
    """U[low, high) in every dimension; −1 and 1 are of the warm-up of AbsAE (Valenti & Bacciu, 2022)."""

    def __init__(self, latent_dim: int, *, low: float = -1.0, high: float = 1.0) -> None:
        super().__init__(latent_dim)
        if low >= high:
            raise CallError(f"a box goes from low to high, got {low} and {high}")
        self.low, self.high = low, high

    def from_noise(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        return torch.lerp(torch.full_like(noise, self.low), torch.full_like(noise, self.high), noise)

    def region_log_prob(self, codes: Tensor) -> Tensor:
        inside = ((codes >= self.low) & (codes <= self.high)).all(1, keepdim=True)
        density = codes.new_full((len(codes), 1), -self.latent_dim * log(self.high - self.low))
        return torch.where(inside, density, -torch.inf)


class NormalNoise(Prior):
    """A prior whose samples are made of standard normal numbers."""

    def noise(
        self, n: int, generator: torch.Generator | None = None, device: torch.device | str | None = None
    ) -> Tensor:
        """Standard normal numbers (n, noise_dim)."""
        drawn_on = device if generator is None else generator.device
        return torch.randn(n, self.noise_dim, generator=generator, device=drawn_on).to(device)


@prior("gaussian")
class GaussianPrior(NormalNoise):
    """N(mean, std²) in every dimension: the prior of the adversarial autoencoder (Makhzani et al., 2016)."""

    def __init__(self, latent_dim: int, *, mean: float = 0.0, std: PositiveFloat = 1.0) -> None:
        super().__init__(latent_dim)
        self.mean, self.std = mean, std

    def from_noise(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        return self.mean + self.std * noise

    def region_log_prob(self, codes: Tensor) -> Tensor:
        squared = ((codes - self.mean) / self.std).square().sum(1, keepdim=True)
        return -0.5 * squared - self.latent_dim * (log(self.std) + 0.5 * log(2 * pi))

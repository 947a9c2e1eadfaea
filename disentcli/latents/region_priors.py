"""Priors of several Gaussian regions: fitted to labelled codes, on a circle, on a line, at random."""

from __future__ import annotations

from math import log, pi

import torch
from scipy.special import chdtri
from torch import Tensor

from ..config.coercion import NonNegativeFloat, PositiveFloat, Width
from ..device import to_widest_float
from ..errors import CallError
from ..registry import prior
from .priors import NormalNoise

MAX_REGIONS = 100_000
FITTED_AT_ONCE = 16_384  # codes, whose products (N, D, D) are in memory together


class GaussianRegions(NormalNoise):
    """K Gaussians N(μ_k, Σ_k), equally likely; buffers `means` (K, D), `cholesky` (K, D, D), Σ_k = L_k L_kᵀ.

    The last number of the noise of a sample says of which region it is, where no label does.
    """

    means: Tensor
    cholesky: Tensor

    def __init__(self, means: Tensor, covariances: Tensor) -> None:
        super().__init__(means.shape[1])
        self.register_buffer("means", means)
        self.register_buffer("cholesky", torch.linalg.cholesky(covariances))

    @property
    def regions(self) -> int:  # type: ignore[override]
        """How many there are."""
        return len(self.means)

    @property
    def noise_dim(self) -> int:
        """D standard normal numbers, and one more that chooses a region."""
        return self.latent_dim + 1

    def from_noise(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        labels = self.region_from_noise(noise) if labels is None else labels
        offset = self.cholesky[labels] @ noise[:, :-1, None]
        return self.means[labels] + offset[..., 0]

    def region_from_noise(self, noise: Tensor) -> Tensor:
        """The region (N,) int64 that noise (N, noise_dim) chooses, all being equally likely."""
        uniform = torch.special.ndtr(noise[:, -1])
        return (uniform * self.regions).long().clamp(max=self.regions - 1)

    def region_log_prob(self, codes: Tensor) -> Tensor:
        offsets = (codes[None] - self.means[:, None]).mT  # (K, D, N)
        standard = torch.linalg.solve_triangular(self.cholesky, offsets, upper=False)
        log_det = self.cholesky.diagonal(dim1=1, dim2=2).log().sum(1)
        constant = 0.5 * self.latent_dim * log(2 * pi)
        return (-0.5 * standard.square().sum(1) - log_det[:, None] - constant).T

    def quantiles(self, share: float) -> Tensor:
        """The log-density (K,) in its own region that `share` of each region's samples fall below.

        −2 (log p − log p(μ_k)) of a sample is χ² with D degrees of freedom.
        """
        log_det = self.cholesky.diagonal(dim1=1, dim2=2).log().sum(1)
        half = 0.5 * float(chdtri(self.latent_dim, share))
        return -half - 0.5 * self.latent_dim * log(2 * pi) - log_det


@prior("fitted")
class FittedRegions(GaussianRegions):
    """A Gaussian of each region with the mean and γ times the covariance of its labelled codes.

    It is the standard normal in every region until `fit` is called. (Valenti & Bacciu, IJCNN 2022, code.)

    regions: how many there are. scale: γ. shrinkage: the share of each covariance that is replaced by the
      mean variance in every direction, so that it has an inverse where a region has few labels.
    """

    def __init__(
        self,
        latent_dim: int,
        regions: Width,
        *,
        scale: PositiveFloat = 0.1,
        shrinkage: NonNegativeFloat = 1e-3,
    ) -> None:
        _check_regions(regions)
        if shrinkage > 1:
            raise CallError(f"shrinkage is a share from 0 to 1, got {shrinkage}")
        covariances = torch.eye(latent_dim).repeat(regions, 1, 1)
        super().__init__(torch.zeros(regions, latent_dim), covariances)
        self.scale, self.shrinkage = scale, shrinkage
        self.least_codes = 2 if shrinkage else latent_dim + 1  # that a region is fitted to

    def fit(self, codes: Tensor, labels: Tensor) -> None:
        """Fit the regions to codes (N, D) with their regions (N,) int64.

        Raises:
            CallError: a region has fewer than two codes, or too few for its covariance to have an inverse.
        """
        counts = torch.bincount(labels, minlength=self.regions)
        poor = (counts < self.least_codes).nonzero()[:, 0].tolist()
        if poor:
            raise CallError(_too_few(poor, counts, self.least_codes))
        found, count = to_widest_float(codes), to_widest_float(counts)[:, None]
        means = found.new_zeros(self.means.shape).index_add_(0, labels, found) / count
        products = found.new_zeros(self.cholesky.shape)
        for part, of_part in zip(found.split(FITTED_AT_ONCE), labels.split(FITTED_AT_ONCE), strict=True):
            offsets = part - means[of_part]
            products.index_add_(0, of_part, offsets[:, :, None] * offsets[:, None])
        covariances = products / (count[..., None] - 1)
        variance = covariances.diagonal(dim1=1, dim2=2).mean(1)
        round_ones = variance[:, None, None] * torch.eye(self.latent_dim).to(variance)
        shrunk = torch.lerp(covariances, round_ones, float(self.shrinkage))
        factors, failed = torch.linalg.cholesky_ex(self.scale * shrunk)
        if failed.any():
            raise CallError(
                f"the codes of region {int(failed.nonzero()[0, 0])} lie in fewer than {self.latent_dim} "
                "dimensions: give it more labels, or set shrinkage above 0"
            )
        self.means.copy_(means)
        self.cholesky.copy_(factors)


@prior("flower")
class FlowerRegions(GaussianRegions):
    """K regions around the unit circle of the first two dimensions, at angles 2πk / K.

    radial: variance along the radius; across: in all other directions. Equal ones make round regions, as the
    published isotropic flower. (Valenti & Bacciu, IJCNN 2022, code: 0.1 and 0.01; MusAE: 0.1 and 0.001.)
    """

    def __init__(
        self,
        latent_dim: int,
        regions: Width,
        *,
        radial: PositiveFloat = 0.1,
        across: PositiveFloat = 0.01,
    ) -> None:
        _check_regions(regions)
        if latent_dim < 2:
            raise CallError("a flower lies in two dimensions: set --latent-dim to 2 or more")
        angles = 2 * pi * torch.arange(regions, dtype=torch.float64) / regions
        means = torch.zeros(regions, latent_dim, dtype=torch.float64)
        means[:, 0], means[:, 1] = angles.cos(), angles.sin()
        covariances = across * torch.eye(latent_dim, dtype=torch.float64).repeat(regions, 1, 1)
        covariances += (radial - across) * means[:, :, None] * means[:, None]
        super().__init__(means.float(), covariances.float())


@prior("line")
class LineRegions(GaussianRegions):
    """K round regions on a line: μ_k = (k·distance, 0, …, 0), Σ_k = variance·1 (code of 2022: 1 and 0.1)."""

    def __init__(
        self,
        latent_dim: int,
        regions: Width,
        *,
        variance: PositiveFloat = 0.1,
        distance: PositiveFloat = 1.0,
    ) -> None:
        _check_regions(regions)
        means = torch.zeros(regions, latent_dim)
        means[:, 0] = distance * torch.arange(regions)
        super().__init__(means, variance * torch.eye(latent_dim).repeat(regions, 1, 1))


@prior("random")
class RandomRegions(GaussianRegions):
    """K round regions: means from U[−1, 1), drawn from `seed`, and Σ_k = variance·1 (code of 2022: 0.1)."""

    def __init__(
        self, latent_dim: int, regions: Width, *, variance: PositiveFloat = 0.1, seed: int = 0
    ) -> None:
        _check_regions(regions)
        generator = torch.Generator().manual_seed(seed)
        means = 2 * torch.rand(regions, latent_dim, generator=generator) - 1
        super().__init__(means, variance * torch.eye(latent_dim).repeat(regions, 1, 1))


def _check_regions(regions: int) -> None:
    if not 1 <= regions <= MAX_REGIONS:
        raise CallError(f"regions must be from 1 to {MAX_REGIONS:,}, got {regions:,}")


def _too_few(poor: list[int], counts: Tensor, least: int) -> str:
    named = ", ".join(f"{region} has {int(counts[region])}" for region in poor[:3])
    more = f" and {len(poor) - 3} others have too few" if len(poor) > 3 else ""
    return f"a region needs {least} labelled codes or more, region {named}{more}: give more labels"

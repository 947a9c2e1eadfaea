"""The Fréchet distance between the features of two sets of images, each taken as Gaussian."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..errors import Unsupported


class Moments:
    """Running mean and covariance of features (N, D), in float64."""

    def __init__(self, dimension: int) -> None:
        self.count = 0
        self._sum = np.zeros(dimension)
        self._products = np.zeros((dimension, dimension))

    def add(self, features: np.ndarray) -> None:
        features = features.astype(np.float64)
        self.count += len(features)
        self._sum += features.sum(axis=0)
        self._products += features.T @ features

    @property
    def mean(self) -> np.ndarray:
        """(D,)"""
        return self._sum / self.count

    @property
    def covariance(self) -> np.ndarray:
        """(D, D), unbiased."""
        if self.count < 2:
            raise Unsupported(f"a covariance needs at least 2 images, got {self.count}")
        return (self._products - self.count * np.outer(self.mean, self.mean)) / (self.count - 1)


@dataclass(frozen=True)
class FeatureStatistics:
    """Mean (D,) and unbiased covariance (D, D) of the features of `count` images, float64."""

    count: int
    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, moments: Moments) -> FeatureStatistics:
        """Those of all features added so far; Unsupported for fewer than two images."""
        return cls(moments.count, moments.mean, moments.covariance)


def frechet_distance(a: Moments | FeatureStatistics, b: Moments | FeatureStatistics) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) (Heusel et al. 2017, eq. 6; zero for equal Gaussians).

    The trace of the root is the sum of the roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric: it
    is defined for singular covariances too, and never complex.

    Raises:
        Unsupported: one of them is of fewer than two images, or of features that are no finite numbers.
    """
    first, second = a.covariance, b.covariance
    if not all(np.isfinite(one).all() for one in (a.mean, b.mean, first, second)):
        raise Unsupported("some features are not finite: the images or the weights of the network are broken")
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    overlap = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    shift = np.square(a.mean - b.mean).sum()
    return max(float(shift + np.trace(first) + np.trace(second) - 2 * overlap), 0.0)


def few_images(count: int, dimension: int) -> str | None:
    """What to know of a distance to so few images that their covariance is singular; None for enough."""
    if count > dimension:
        return None
    return (
        f"{count:,} images for {dimension:,} features: their covariance is singular, and the distance comes "
        f"out too large; take more than {dimension:,} images or fewer features"
    )


@torch.no_grad()
def moments_of(
    batches: Iterable[Tensor],
    network: Callable[[Tensor], Tensor],
    dimension: int,
    batch_size: int | None = None,
) -> Moments:
    """Moments of the network's features of batches of images (B, C, H, W) in [0, 1].

    The network is given at most `batch_size` images at a time.
    """
    moments = Moments(dimension)
    for batch in batches:
        if batch.ndim != 4:
            raise Unsupported("the FID network reads images; these data are vectors")
        for part in batch.split(batch_size or len(batch)):
            moments.add(network(part).cpu().numpy())
    return moments

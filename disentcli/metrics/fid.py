"""The Fréchet distance between two sets of features, each taken as Gaussian."""

from __future__ import annotations

from collections.abc import Callable, Iterable

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


def frechet_distance(a: Moments, b: Moments) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) (Heusel et al. 2017, eq. 6; zero for equal Gaussians).

    The trace of the root is the sum of the roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric: it
    is defined for singular covariances too, and never complex.
    """
    values, vectors = np.linalg.eigh(a.covariance)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    overlap = np.sqrt(np.linalg.eigvalsh(root @ b.covariance @ root).clip(0)).sum()
    shift = np.square(a.mean - b.mean).sum()
    return float(shift + np.trace(a.covariance) + np.trace(b.covariance) - 2 * overlap)


@torch.no_grad()
def moments_of(batches: Iterable[Tensor], network: Callable[[Tensor], Tensor], dimension: int) -> Moments:
    """Moments of the network's features of batches of images (B, C, H, W) in [0, 1]."""
    moments = Moments(dimension)
    for batch in batches:
        if batch.ndim != 4:
            raise Unsupported("the FID network reads images; these data are vectors")
        moments.add(network(batch).cpu().numpy())
    return moments

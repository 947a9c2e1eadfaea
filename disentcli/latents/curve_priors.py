"""Priors around curves of the plane: two moons and the Swiss roll."""

from __future__ import annotations

from abc import abstractmethod
from math import log, pi

import torch
from torch import Tensor

from ..config.coercion import PositiveFloat
from ..errors import CallError
from ..registry import prior
from .priors import NormalNoise

POINTS = 2048  # of a curve, over which its density is a mean


class CurvePrior(NormalNoise):
    """Points of curves at uniform places in [0, 1), with normal noise of deviation `std` in both dimensions.

    The density is the mean over 2,048 places of each curve, exact to the extent that `std` is more than the
    distance of two of them.
    """

    def __init__(self, latent_dim: int, std: float) -> None:
        super().__init__(latent_dim)
        if latent_dim != 2:
            raise CallError(f"{type(self).__name__} lies in a plane: set --latent-dim to 2, not {latent_dim}")
        self.std = std

    @abstractmethod
    def curves(self, places: Tensor) -> Tensor:
        """The points (N, regions, 2) of each curve at places (N,)."""

    @property
    def noise_dim(self) -> int:
        """Two normal numbers, and one each that chooses the place and the curve."""
        return 4

    def from_noise(self, noise: Tensor, labels: Tensor | None = None) -> Tensor:
        places, which = torch.special.ndtr(noise[:, 2:]).unbind(1)
        if labels is None:
            labels = (which * self.regions).long().clamp(max=self.regions - 1)
        rows = torch.arange(len(noise), device=noise.device)
        return self.curves(places)[rows, labels] + self.std * noise[:, :2]

    def region_log_prob(self, codes: Tensor) -> Tensor:
        places = (torch.arange(POINTS).to(codes) + 0.5) / POINTS
        squared = [torch.cdist(codes, points).square() for points in self.curves(places).unbind(1)]
        each = [(-0.5 * one / self.std**2).logsumexp(1) - log(POINTS) for one in squared]
        return torch.stack(each, dim=1) - log(2 * pi * self.std**2)


@prior("two-moons")
class TwoMoons(CurvePrior):
    """Two half circles that reach into each other, as scikit-learn's `make_moons`: regions 0 and 1."""

    regions = 2

    def __init__(self, latent_dim: int, *, std: PositiveFloat = 0.1) -> None:
        super().__init__(latent_dim, std)

    def curves(self, places: Tensor) -> Tensor:
        cos, sin = (pi * places).cos(), (pi * places).sin()
        upper, lower = torch.stack([cos, sin], 1), torch.stack([1 - cos, 0.5 - sin], 1)
        return torch.stack([upper, lower], dim=1)


@prior("swiss-roll")
class SwissRoll(CurvePrior):
    """(t cos t, t sin t) with t = 3π/2 · (1 + 2u), as scikit-learn's `make_swiss_roll` seen along the roll.

    size: what it is divided by: 1 for scikit-learn's numbers, which go to 14.
    """

    def __init__(self, latent_dim: int, *, std: PositiveFloat = 0.02, size: PositiveFloat = 14.2) -> None:
        super().__init__(latent_dim, std)
        self.size = size

    def curves(self, places: Tensor) -> Tensor:
        t = 1.5 * pi * (1 + 2 * places)
        return torch.stack([t * t.cos(), t * t.sin()], dim=1)[:, None] / self.size

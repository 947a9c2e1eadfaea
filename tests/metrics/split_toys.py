"""Splits with a held-out corner, codes of our making, and a decoder that is a formula."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from disentcli.data.factors import FactorSpace
from disentcli.metrics.split_parts import SplitParts

SPACE = FactorSpace(
    ("shape", "size", "pos_x", "pos_y"),
    (3, 6, 8, 8),
    (("square", "ellipse", "heart"), tuple(range(6)), tuple(range(8)), tuple(range(8))),
)
FACTORS = SPACE.factors(np.arange(SPACE.size))
HELD_OUT = (FACTORS[:, 0] == 0) & (FACTORS[:, 2] >= 4)
NEITHER = ~HELD_OUT & (FACTORS[:, 1] == 5)
TESTED = ~HELD_OUT & ~NEITHER & (np.arange(SPACE.size) % 5 == 0)
TRAIN = ~HELD_OUT & ~NEITHER & ~TESTED
DEVIATION = 0.02
CONDITION = ("shape", "pos_x")


@dataclass
class Grid:
    """A dataset of factors alone."""

    factor_names: tuple[str, ...] = SPACE.names
    factor_sizes: tuple[int, ...] = SPACE.sizes
    factor_values: tuple = SPACE.values
    table: np.ndarray = field(default_factory=lambda: FACTORS)

    def factors(self, indices: np.ndarray) -> np.ndarray:
        """Factors (N, F) of these images."""
        return self.table[indices]


def additive_codes() -> np.ndarray:
    """Codes (N, 6), factor by factor in the first four, with noise."""
    rng = np.random.default_rng(0)
    codes = np.zeros((SPACE.size, 6))
    codes[:, :4] = FACTORS / np.array(SPACE.sizes)
    return codes + DEVIATION * rng.normal(size=codes.shape)


class LinearImages:
    """ "Images" (N, P) that are a linear map of the factors, and a decoder of `codes` by the same map.

    It gets held-out images wrong where `fails` says so: there it decodes another shape.
    """

    def __init__(self, *, fails: bool = False) -> None:
        self.weights = np.random.default_rng(1).normal(size=(4, 10))
        self.images = (FACTORS / np.array(SPACE.sizes)) @ self.weights
        self.fails = fails

    def of_codes(self, indices: np.ndarray, codes: np.ndarray) -> tuple[float, float]:
        """Half the squared error summed, and the squared error averaged."""
        decoded = codes[:, :4].copy()
        if self.fails:
            decoded[:, 0] += 0.6 * HELD_OUT[indices]
        squares = (decoded @ self.weights - self.images[indices]) ** 2
        return float(squares.sum(axis=1).mean() / 2), float(squares.mean())

    def least_nll(self, indices: np.ndarray) -> float:
        """None is needed."""
        return 0.0

    def mean_image(self, indices: np.ndarray) -> np.ndarray:
        """The mean of these images."""
        return self.images[indices].mean(axis=0)

    def of_image(self, indices: np.ndarray, image: np.ndarray) -> float:
        """The mean squared difference to one image."""
        return float(((self.images[indices] - image) ** 2).mean())


def make_parts(codes: np.ndarray, *, fails: bool = False, **changes: object) -> SplitParts:
    """The parts of the split, of these codes."""
    masks = {"train": TRAIN, "in_distribution": TESTED, "held_out": HELD_OUT, "neither": NEITHER}
    arguments = {
        "dataset": Grid(),
        "every": {name: np.flatnonzero(mask) for name, mask in masks.items()},
        "encode": lambda indices: codes[indices],
        "errors": LinearImages(fails=fails),
        "composer": None,
        "held_out_factors": CONDITION,
    }
    return SplitParts(**{**arguments, **changes})

"""Points on a double helix in space: the toy data that response maps were first drawn on."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ...config.coercion import Count, NonNegativeFloat, NonNegativeInt, PositiveFloat, Width
from ...registry import dataset
from ..dataset import Dataset
from ..dataset_info import DatasetInfo

FACTORS = ("height", "strand")
CITATION = "After code of Leeb et al.: Exploring the Latent Space of Autoencoders with Interventional Assays"


def helix_points(
    heights: Tensor, strands: Tensor, count: int, frequency: float, radii: tuple[float, float, float]
) -> Tensor:
    """Points (N, 3) without noise, of heights z (N,) on strands n (N,) out of `count`.

    (R_x cos θ, R_y sin θ, R_z z) with θ = π (w z + 2 n / S), w the frequency, R the radii, S the count.
    """
    angles = torch.pi * (frequency * heights + 2 * strands / count)
    return torch.tensor(radii) * torch.stack([angles.cos(), angles.sin(), heights], dim=1)


@dataset("helix")
class Helix(Dataset):
    """x = (R_x cos θ, R_y sin θ, R_z z) + s·ε, θ = π (w z + 2 n / S), ε ~ N(0, I): strand n of a helix.

    The height z ~ U(−1, 1) and the strand n, uniform among S, are the factors. `count` points are to train
    and validate on, and `test_count` more to test on; all is drawn from `seed`.
    Source: the toy data of Leeb et al. 2022 (arXiv 2106.16091), code: 1,024 points, none of them for testing.

    strands: S; frequency: w, half turns in a unit of height; radii: R; noise: s.
    """

    def __init__(
        self,
        *,
        strands: Width = 2,
        frequency: float = 1.0,
        radii: tuple[PositiveFloat, PositiveFloat, PositiveFloat] = (1.0, 1.0, 1.0),
        noise: NonNegativeFloat = 0.1,
        seed: int = 0,
        count: Count = 1024,
        test_count: NonNegativeInt = 1024,
    ) -> None:
        generator = torch.Generator().manual_seed(seed)
        total = count + test_count
        heights = 2 * torch.rand(total, generator=generator) - 1
        strand = torch.randint(strands, (total,), generator=generator)
        points = helix_points(heights, strand, strands, frequency, radii)
        points = points + noise * torch.randn(total, 3, generator=generator)
        described = (strands, frequency, *radii, noise, seed, count, test_count)
        super().__init__(
            "helix",
            points.numpy(),
            (3,),
            labels=torch.stack([heights, strand.to(heights)], dim=1).numpy(),
            factor_names=FACTORS,
            factor_sizes=(0, strands),
            factor_values=((), tuple(map(str, range(strands)))),
            fingerprint="helix-" + "-".join(f"{value:g}" for value in described),
            test_indices=np.arange(count, total),
        )

    @staticmethod
    def info(*, strands: int, count: int, test_count: int) -> DatasetInfo:
        """Points (3,), with a real number and a class as factors."""
        return DatasetInfo(
            title="Double helix",
            shape=(3,),
            count=count + test_count,
            factor_names=FACTORS,
            factor_sizes=(0, strands),
            factor_values=((), tuple(map(str, range(strands)))),
            licence="CC0",
            citation=CITATION,
            obtain="made when loaded",
        )

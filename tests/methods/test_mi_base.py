"""Estimators of mutual information on Gaussians, whose information and density ratio are known."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
import torch
from scipy.integrate import dblquad
from torch import Tensor

from disentcli.methods.mi_base import derangements, donsker_varadhan, info_nce, jensen_shannon, shifts

RHO = 0.8
INFORMATION = -0.5 * log(1 - RHO**2)


def log_ratio(x, y):
    """log p(x, y) / p(x) p(y) of standard normal x, y of correlation ρ."""
    quadratic = (RHO**2 * (x * x + y * y) - 2 * RHO * x * y) / (2 * (1 - RHO**2))
    return INFORMATION - quadratic


def scores(n: int, negatives: int, shift: float = 0.0) -> tuple[Tensor, Tensor]:
    """The best scores, of n pairs (n, 1) and of others (K, n, 1), plus a constant."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    y = RHO * x + (1 - RHO**2) ** 0.5 * rng.normal(size=n)
    others = x[shifts(n, negatives).numpy()]
    found = log_ratio(x, y), log_ratio(others, y)
    joint, marginal = (torch.from_numpy(one + shift).unsqueeze(-1) for one in found)
    return joint, marginal


@pytest.mark.parametrize("shift", [0.0, 3.0])
def test_the_bounds_reach_the_information_with_the_best_scores(shift: float):
    joint, marginal = scores(20_000, 50, shift)
    assert -donsker_varadhan(joint, marginal).item() == pytest.approx(INFORMATION, abs=0.02)
    assert -info_nce(joint, marginal).item() == pytest.approx(INFORMATION, abs=0.03)


def test_infonce_with_one_other_is_below_the_information_and_below_log_2():
    estimate = -info_nce(*scores(20_000, 1)).item()
    assert 0 < estimate < min(INFORMATION, log(2))


def test_jsd_is_the_jensen_shannon_divergence_with_the_best_scores():
    def density(x: float, y: float) -> float:
        return np.exp(-(x * x + y * y) / 2) / (2 * np.pi)

    def integrand(y: float, x: float) -> float:
        q, ratio = density(x, y), np.exp(log_ratio(x, y))
        return q * (ratio * np.log1p(1 / ratio) + np.log1p(ratio))

    wanted, _ = dblquad(integrand, -7, 7, -7, 7, epsabs=1e-4)
    assert jensen_shannon(*scores(40_000, 10)).item() == pytest.approx(wanted, abs=0.01)
    assert jensen_shannon(*scores(40_000, 10, shift=0.5)).item() > wanted + 0.02


def test_without_scores_they_tell_nothing():
    nothing = torch.zeros(4, 3), torch.zeros(2, 4, 3)
    assert jensen_shannon(*nothing).item() == pytest.approx(2 * log(2))
    assert donsker_varadhan(*nothing).item() == pytest.approx(0, abs=1e-6)
    assert info_nce(*nothing).item() == pytest.approx(0, abs=1e-6)


def test_derangements_move_everyone_to_different_places_and_each_other_is_as_likely():
    generator = torch.Generator().manual_seed(0)
    counts = torch.zeros(5, 5)
    for _ in range(2000):
        drawn = derangements(5, 3, generator)
        assert (drawn.sort(1).values == torch.arange(5)).all()
        assert all(len({i, *drawn[:, i].tolist()}) == 4 for i in range(5))
        counts[torch.arange(5), drawn[0]] += 1
    assert counts.diagonal().sum() == 0
    assert (counts[~torch.eye(5, dtype=torch.bool)] / 500 - 1).abs().max() < 0.2

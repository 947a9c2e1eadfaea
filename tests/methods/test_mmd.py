"""Distances of codes to a prior, against integrals and scipy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import integrate, stats

from disentcli.methods.mmd import inverse_multiquadratic, published_mmd, sliced_distance, unbiased_mmd

SCALES = (0.5, 2.0)


def normal(n: int, dim: int, mean: float = 0.0, std: float = 1.0, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(mean, std, (n, dim)))


def expected_kernel(mean: float, std: float) -> float:
    """E k of a difference that is N(mean, std²)."""

    def integrand(x: float) -> float:
        return stats.norm.pdf(x, mean, std) * sum(s / (s + x**2) for s in SCALES)

    return integrate.quad(integrand, mean - 12 * std, mean + 12 * std, points=[0.0])[0]


@pytest.mark.parametrize(("mean", "std"), [(0.0, 1.0), (1.0, 1.0), (0.0, 0.1), (0.5, 3.0)])
def test_the_mmd_of_many_points_is_that_of_the_integrals(mean: float, std: float):
    z, p = normal(2500, 1, mean, std, seed=1), normal(2500, 1, seed=2)
    exact = (
        expected_kernel(0, std * 2**0.5)
        + expected_kernel(0, 2**0.5)
        - 2 * expected_kernel(mean, (1 + std**2) ** 0.5)
    )
    assert unbiased_mmd(z, p, 1.0, SCALES).item() == pytest.approx(exact, abs=0.012)


def test_the_mmd_is_unbiased_where_both_are_the_same():
    values = [unbiased_mmd(normal(8, 2, seed=i), normal(8, 2, seed=10_000 + i), 2.0) for i in range(600)]
    mean, error = torch.stack(values).mean().item(), torch.stack(values).std().item() / 600**0.5
    assert abs(mean) < 4 * error
    assert min(values) < 0


def test_points_far_away_have_no_kernel_and_near_ones_all_of_it():
    assert inverse_multiquadratic(torch.tensor(0.0), 3.0, SCALES).item() == len(SCALES)
    assert inverse_multiquadratic(torch.tensor(3.0), 3.0, (1.0,)).item() == 0.5
    far = unbiased_mmd(torch.zeros(4, 2), torch.full((4, 2), 1e6), 1.0, SCALES).item()
    assert far == pytest.approx(2 * len(SCALES))


def test_the_legacy_form_is_blind_where_the_unbiased_sees():
    z, p = normal(64, 10, std=0.5, seed=1), 2 * normal(64, 10, seed=2)
    assert abs(published_mmd(z, p, 10.0).item()) < 0.02
    assert unbiased_mmd(z, p, 10.0).item() > 1


def test_the_sliced_distance_along_axes_is_that_of_scipy():
    z, p = normal(50, 3, 0.3, 2.0, seed=1), normal(50, 3, seed=2)
    for power, distance in (
        (1, stats.wasserstein_distance),
        (2, lambda a, b: np.mean((np.sort(a) - np.sort(b)) ** 2)),
    ):
        exact = np.mean([distance(z[:, d].numpy(), p[:, d].numpy()) for d in range(3)])
        found = sliced_distance(z, p, 7.0 * torch.eye(3, dtype=torch.float64), power)
        assert found.item() == pytest.approx(exact)


def test_the_sliced_distance_of_a_shift_is_its_length_along_the_directions():
    z, shift = normal(20, 4), torch.tensor([3.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    directions = normal(6, 4, seed=5)
    along = (directions / directions.norm(dim=1, keepdim=True) @ shift).abs().mean()
    torch.testing.assert_close(sliced_distance(z + shift, z.flip(0), directions), along)

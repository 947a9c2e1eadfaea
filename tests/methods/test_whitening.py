"""Whitening: numpy's covariance, no dependence on the scales of codes, the gradient of a fixed map."""

from __future__ import annotations

import numpy as np
import torch

from disentcli.methods.whitening import whitened

MIXING = torch.tensor([[40.0, 0.0, 0.0], [39.0, 0.5, 0.0], [-38.0, 0.2, 3.0]])


def codes(count: int = 64) -> torch.Tensor:
    independent = torch.randn(count, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return independent @ MIXING.double().T + 5.0


def test_codes_have_mean_zero_and_unit_covariance() -> None:
    found = whitened(codes()).numpy()
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-9)
    np.testing.assert_allclose(np.cov(found.T), np.eye(3), atol=0.01)  # the floor takes a little


def test_scales_of_codes_do_not_matter() -> None:
    scales = torch.tensor([3.0, 50.0, 8.0], dtype=torch.float64)
    torch.testing.assert_close(whitened(codes() * scales), whitened(codes()), atol=0.02, rtol=0)


def test_a_direction_without_variance_stays_small() -> None:
    flat = torch.cat([codes(), torch.full((64, 1), 2.0, dtype=torch.float64)], dim=1)
    assert whitened(flat)[:, 3].abs().max() < 1e-6


def test_gradients_are_those_of_the_map_that_was_applied() -> None:
    given = codes().requires_grad_()
    found = whitened(given)
    (gradient,) = torch.autograd.grad(found[3, 2], given)
    row = torch.linalg.lstsq(given.detach() - given.detach().mean(0), found.detach()).solution[:, 2]
    torch.testing.assert_close(gradient[3], row)
    assert not gradient[[0, 1, 2, 4]].any()

"""The gradient penalty: closed forms of linear and quadratic critics, finite differences."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from disentcli.methods.infowgan import gradient_penalty, interpolates

GENERATOR = torch.Generator().manual_seed(0)
IMAGES = torch.rand(5, 2, 3, 3, generator=GENERATOR, dtype=torch.float64)


def test_of_a_linear_critic_it_depends_on_the_norm_of_its_weights_alone():
    weights = torch.randn(2, 3, 3, generator=GENERATOR, dtype=torch.float64, requires_grad=True)
    penalty = gradient_penalty(lambda x: (x * weights).sum((1, 2, 3)) + 7, IMAGES)
    norm = weights.detach().norm()
    torch.testing.assert_close(penalty.detach(), (norm - 1).square())
    penalty.backward()  # ∂(‖w‖ − 1)²/∂w = 2(‖w‖ − 1)·w/‖w‖
    torch.testing.assert_close(weights.grad, 2 * (norm - 1) * weights.detach() / norm)


def test_it_is_the_mean_over_observations_not_of_their_gradients():
    penalty = gradient_penalty(lambda x: x.square().sum((1, 2, 3)) / 2, IMAGES)  # ∇v = x
    torch.testing.assert_close(penalty, (IMAGES.flatten(1).norm(dim=1) - 1).square().mean())


def test_its_gradient_is_that_of_finite_differences():
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Flatten(), nn.Linear(18, 6), nn.Softplus(), nn.Linear(6, 1)).double()
    penalty = gradient_penalty(lambda x: critic(x)[:, 0], IMAGES)
    weight = critic[1].weight
    (gradient,) = torch.autograd.grad(penalty, weight)
    for row, column in [(0, 0), (3, 11), (5, 17)]:
        found = []
        for h in (1e-6, -1e-6):
            with torch.no_grad():
                weight[row, column] += h
                found.append(gradient_penalty(lambda x: critic(x)[:, 0], IMAGES).item())
                weight[row, column] -= h
        assert gradient[row, column].item() == pytest.approx((found[0] - found[1]) / 2e-6, rel=1e-5)


def test_a_constant_critic_has_penalty_one_and_no_gradient():
    scale = torch.zeros((), dtype=torch.float64, requires_grad=True)
    penalty = gradient_penalty(lambda x: scale * x.sum((1, 2, 3)), IMAGES)
    penalty.backward()
    assert (penalty.item(), scale.grad.item()) == (1, 0)


def test_each_observation_is_mixed_in_its_own_share():
    real, fake = torch.ones(3, 1, 2, 2), torch.zeros(3, 1, 2, 2)
    share = torch.tensor([0.0, 0.25, 1.0])
    assert torch.equal(interpolates(real, fake, share), share[:, None, None, None].expand(3, 1, 2, 2))
    assert torch.equal(interpolates(real[:, 0, 0], fake[:, 0, 0], share), share[:, None].expand(3, 2))

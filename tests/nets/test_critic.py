"""The critic that tells codes apart."""

from __future__ import annotations

import torch
from torch import nn

from disentcli.nets.critic import Critic


def test_six_layers_of_1000_and_two_logits() -> None:
    critic = Critic(10)
    assert critic(torch.randn(3, 10)).shape == (3, 2)
    assert sum(p.numel() for p in critic.parameters()) == 11 * 1000 + 5 * 1001 * 1000 + 1001 * 2
    slopes = [layer.negative_slope for layer in critic.modules() if isinstance(layer, nn.LeakyReLU)]
    assert slopes == [0.2] * 6


def test_five_layers_in_disentangling_vae() -> None:
    critic = Critic(10, depth=5)
    assert sum(isinstance(layer, nn.Linear) for layer in critic.modules()) == 6

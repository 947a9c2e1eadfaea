"""The frozen network against torch's own layers; weights against their distribution."""

from __future__ import annotations

import torch
from scipy import stats
from torch import nn

from disentcli.data.rendered.random_mlp import forward, frozen_layers, normal_layers, observed


def test_layers_are_drawn_as_torch_draws_them() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        of_torch = [nn.Linear(8, 30), nn.Linear(30, 5)]
    drawn = frozen_layers((8, 30, 5), torch.Generator().manual_seed(4))
    for (weight, bias), layer in zip(drawn, of_torch, strict=True):
        torch.testing.assert_close(weight, layer.weight.detach())
        torch.testing.assert_close(bias, layer.bias.detach())


def test_normal_layers_are_standard_normal() -> None:
    layers = normal_layers((40, 50, 60), torch.Generator().manual_seed(0))
    assert [(tuple(w.shape), tuple(b.shape)) for w, b in layers] == [((50, 40), (50,)), ((60, 50), (60,))]
    for drawn in layers[0] + layers[1]:
        assert stats.kstest(drawn.flatten().numpy(), "norm").pvalue > 0.01


def test_the_activation_is_between_the_layers_only() -> None:
    layers = frozen_layers((3, 4, 2), torch.Generator().manual_seed(0))
    (first, first_bias), (last, last_bias) = layers
    nodes = torch.randn(5, 3, generator=torch.Generator().manual_seed(1))
    for activation in (torch.tanh, nn.functional.mish):
        expected = activation(nodes @ first.T + first_bias) @ last.T + last_bias
        torch.testing.assert_close(forward(layers, nodes, activation), expected)
    torch.testing.assert_close(observed(layers, nodes), forward(layers, nodes))

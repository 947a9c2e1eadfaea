"""Statistics networks against the plain formula: every pair laid side by side and sent through all layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from disentcli.nets.statistics_network import StatisticsNetwork


def naive(network: StatisticsNetwork, feature_map: Tensor, vector: Tensor) -> Tensor:
    """1×1 convolutions (B, P) of the map (B, P, C) with the vector at every cell."""
    tiled = vector[:, None].expand(-1, feature_map.shape[1], -1)
    x = torch.cat([feature_map, tiled], dim=2).transpose(1, 2)[..., None]  # (B, C + D, P, 1)
    layers = [network.first, *(one for one in network.rest if isinstance(one, nn.Linear))]
    for count, layer in enumerate(layers):
        x = nn.functional.conv2d(torch.relu(x) if count else x, layer.weight[..., None, None], layer.bias)
    return x[:, 0, :, 0]


def test_scores_and_gradients_are_those_of_convolutions_on_tiled_vectors():
    torch.manual_seed(0)
    network = StatisticsNetwork((5, 3, 4), hidden=8).double()
    maps = [torch.randn(6, 9, size, dtype=torch.double, requires_grad=True) for size in (5, 3)]
    vector = torch.randn(6, 4, dtype=torch.double, requires_grad=True)
    negatives = torch.tensor([[1, 2, 3, 4, 5, 0], [3, 4, 5, 0, 1, 2]])
    joint, marginal = network(maps, vector, negatives)
    whole = torch.cat(maps, dim=2)
    plain = naive(network, whole, vector), torch.stack([naive(network, whole[k], vector) for k in negatives])
    torch.testing.assert_close((joint.double(), marginal.double()), plain, rtol=1e-5, atol=1e-6)
    inputs = [*maps, vector, *network.parameters()]
    found = torch.autograd.grad(joint.sum() - marginal.square().sum(), inputs)
    wanted = torch.autograd.grad(plain[0].sum() - plain[1].square().sum(), inputs)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)


def test_they_have_the_published_numbers_of_parameters():
    def parameters(*sizes: int) -> int:
        return sum(one.numel() for one in StatisticsNetwork(sizes).parameters())

    assert parameters(256, 64) == 427_521
    assert parameters(256, 256, 72) == 562_689
    assert parameters(256 * 16, 64) == 2_393_601
    assert parameters(256 * 16, 256 * 16, 72) == 4_494_849

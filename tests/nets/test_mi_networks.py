"""The networks of SDIM and EDIM: shapes, published layers, scores of pairs."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from disentcli.errors import CallError
from disentcli.nets.mi_networks import FeatureMapEncoder, StatisticsNetwork
from disentcli.nets.precision import use_bf16


@pytest.mark.parametrize(
    ("side", "channels", "cells"), [(28, 256, 16), (32, 256, 25), (25, 256, 16), (64, 512, 25), (12, 128, 9)]
)
def test_the_map_has_at_most_five_cells_a_side(side: int, channels: int, cells: int):
    encoder = FeatureMapEncoder((3, side, side), 7)
    vector, found = encoder(torch.rand(2, 3, side, side))
    assert vector.shape == (2, 7)
    assert found.shape == (2, cells, channels) == (2, encoder.cells, encoder.channels)


@pytest.mark.parametrize(("dim", "parameters"), [(64, 921_856), (8, 692_424)])
def test_it_has_the_published_number_of_parameters(dim: int, parameters: int):
    assert sum(one.numel() for one in FeatureMapEncoder((3, 28, 28), dim).parameters()) == parameters


def test_every_convolution_is_activated_unless_the_second_is_not_to_be():
    def kinds(*, second: bool) -> list[type[nn.Module]]:
        return [
            type(layer)
            for layer in FeatureMapEncoder((3, 28, 28), 8, activation_after_second_conv=second).layers
        ]

    first, norm = [nn.Conv2d, nn.LeakyReLU], [nn.Conv2d, nn.BatchNorm2d]
    assert kinds(second=True) == [*first, *norm, nn.LeakyReLU, *norm, nn.LeakyReLU]
    assert kinds(second=False) == [*first, *norm, *norm, nn.LeakyReLU]


def test_the_representation_is_linear_in_the_map_and_its_cells_lie_row_by_row():
    encoder = FeatureMapEncoder((3, 28, 28), 8).eval()
    images = torch.rand(2, 3, 28, 28)
    vector, cells = encoder(images.to(memory_format=torch.channels_last))
    feature_map = encoder.layers(images)
    torch.testing.assert_close(cells[:, 6], feature_map[:, :, 1, 2])
    torch.testing.assert_close(vector, cells.flatten(1) @ encoder.head.weight.T + encoder.head.bias)


def test_what_it_cannot_read_is_refused():
    with pytest.raises(CallError, match="needs images of at least 4 pixels a side"):
        FeatureMapEncoder((3, 3, 3), 8)
    with pytest.raises(CallError, match="the encoder of SDIM is for images, the data are vectors"):
        FeatureMapEncoder((10,), 8)


def test_in_bfloat16_the_representation_is_the_float32_product_of_its_map():
    encoder = FeatureMapEncoder((3, 28, 28), 7).eval()
    use_bf16(encoder)
    vector, cells = encoder(torch.rand(4, 3, 28, 28))
    assert torch.equal(cells, cells.bfloat16().float())  # convolutions in bfloat16
    torch.testing.assert_close(vector, encoder.head(cells.flatten(1)), rtol=1e-5, atol=1e-6)


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

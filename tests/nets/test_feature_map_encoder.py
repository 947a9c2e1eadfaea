"""The encoder of SDIM: shapes and parameters of the public implementation, and the shapes it infers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from disentcli.errors import CallError
from disentcli.nets.feature_map_encoder import FeatureMapEncoder
from disentcli.nets.precision import lower


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
    with pytest.raises(CallError, match="at least 4 pixels"):
        FeatureMapEncoder((3, 3, 3), 8)
    with pytest.raises(CallError, match="vectors"):
        FeatureMapEncoder((10,), 8)


def test_lowered_its_representation_is_the_float32_product_of_its_map():
    encoder = FeatureMapEncoder((3, 28, 28), 7).eval()
    lower(encoder)
    vector, cells = encoder(torch.rand(4, 3, 28, 28))
    assert torch.equal(cells, cells.bfloat16().float())  # convolutions in bfloat16
    torch.testing.assert_close(vector, encoder.head(cells.flatten(1)), rtol=1e-5, atol=1e-6)

"""Coordinate channels, and the encoders that take them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import nn

from disentcli.errors import CallError
from disentcli.latents.continuous import PlainLatent
from disentcli.methods.ae import AE
from disentcli.nets.conv_decoder import Conv12Decoder
from disentcli.nets.conv_encoder import Conv5Encoder, Conv12Encoder
from disentcli.nets.dislib import DislibEncoder
from disentcli.nets.encoder_decoder import Encoder
from disentcli.nets.hwf import HwfEncoder
from disentcli.nets.layer_list_nets import LayeredEncoder
from disentcli.nets.layers import Coordinates
from disentcli.nets.qlae import QlaeEncoder
from disentcli.nets.resnet import ResnetEncoder

ENCODERS = [
    (Conv5Encoder, 64),
    (Conv12Encoder, 64),
    (DislibEncoder, 64),
    (partial(QlaeEncoder, size="small"), 64),
    (ResnetEncoder, 64),
    (HwfEncoder, 45),
    (LayeredEncoder, 64),
]


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def test_row_then_column_run_over_0_to_1() -> None:
    x = torch.rand(2, 3, 5, 3)
    seen = Coordinates((3, 5, 3))(x)
    assert torch.equal(seen[:, :3], x)
    assert seen[1, 3, :, 2].tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert seen[1, 4, 2].tolist() == [0, 0.5, 1]


def test_conv12_with_coordinates_has_as_many_parameters_as_published() -> None:
    encoder = Conv12Encoder((3, 64, 64), 12, coord=True)
    ae = AE(PlainLatent(12), encoder, Conv12Decoder(12, (3, 64, 64)))
    assert (count(ae), count(encoder)) == (1_025_871, 516_044)


@pytest.mark.parametrize(("build", "side"), ENCODERS)
def test_every_image_encoder_takes_them(build: Callable[..., Encoder], side: int) -> None:
    with torch.device("meta"):
        encoder = build((1, side, side), 6, coord=True)
        assert encoder(torch.rand(2, 1, side, side)).shape == (2, 6)
        first = next(layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d))
    assert first.in_channels == 3
    assert not any("grid" in name for name in encoder.state_dict())


def test_vectors_have_none() -> None:
    with pytest.raises(CallError, match="a coordinate convolution is for images"):
        Conv12Encoder((100,), 12, coord=True)

"""The conv stack: the order inside a layer, and where feature maps change their size."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from disentcli.errors import CallError
from disentcli.nets.conv import CONV12, CONV16, LayerOptions, conv_stack
from disentcli.nets.conv_decoder import Conv5Decoder, Conv12Decoder, Conv16Decoder
from disentcli.nets.conv_encoder import Conv5Encoder, Conv12Encoder, Conv16Encoder


def by_hand(
    x: Tensor, layer: nn.Sequential, *, up: bool = False, down: bool = False, residual: bool = False
) -> Tensor:
    conv, norm = layer.conv.layer if residual else layer.conv, layer.norm
    if up:
        x = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
    y = F.conv2d(x, conv.weight, conv.bias, padding=conv.kernel_size[0] // 2)
    if residual:
        y = y + x
    if down:
        y = F.max_pool2d(y, 2)
    mean = y.unflatten(1, (8, -1)).mean((2, 3, 4), keepdim=True)
    variance = y.unflatten(1, (8, -1)).var((2, 3, 4), keepdim=True, unbiased=False)
    y = ((y.unflatten(1, (8, -1)) - mean) / (variance + 1e-5).sqrt()).flatten(1, 2)
    y = y * norm.weight[:, None, None] + norm.bias[:, None, None]
    return torch.where(y > 0, y, y.exp() - 1)


@pytest.mark.parametrize("residual", [False, True])
def test_a_layer_is_upsample_conv_residual_pool_norm_elu(residual: bool):
    torch.manual_seed(0)
    (layer,) = conv_stack([(16, 16)], LayerOptions(residual=residual), up=[1], down=[1], first_kernel=5)
    nn.init.normal_(layer.norm.weight)
    nn.init.normal_(layer.norm.bias)
    x = torch.randn(2, 16, 4, 4)
    expected = by_hand(x, layer, up=True, down=True, residual=residual)
    torch.testing.assert_close(layer(x), expected, rtol=1e-4, atol=1e-5)


def test_a_residual_sum_needs_as_many_channels_after_as_before():
    first, second = conv_stack([(3, 16), (16, 16)], LayerOptions(residual=True))
    assert isinstance(first.conv, nn.Conv2d)
    assert not isinstance(second.conv, nn.Conv2d)


def test_the_first_encoder_layer_has_norm_and_nonlinearity_and_kernel_5():
    first = Conv12Encoder((3, 64, 64), 12).layers[0]
    assert first.conv.kernel_size == (5, 5)
    assert [name for name, _ in first.named_children()] == ["conv", "pool", "norm", "nonlin"]


def test_the_last_decoder_layer_has_neither_norm_nor_nonlinearity():
    last = Conv12Decoder(12, (3, 64, 64)).layers[-1]
    assert [name for name, _ in last.named_children()] == ["up", "conv"]
    assert last.conv.out_channels == 3


def sides(network: nn.Module, x: Tensor) -> list[int]:
    """The side of each layer's output."""
    seen: list[int] = []
    for layer in network.layers:
        layer.register_forward_hook(lambda _, __, output: seen.append(output.shape[-1]))
    network(x)
    return seen


@pytest.mark.parametrize(
    ("encoder", "side", "path"),
    [
        (Conv12Encoder, 64, [32, 32, 32, 16, 16, 16, 8, 8, 8, 4, 4, 2]),
        (Conv12Encoder, 32, [16, 16, 16, 8, 8, 8, 4, 4, 4, 2, 2, 1]),
        (Conv16Encoder, 128, [64] * 3 + [32] * 3 + [16] * 3 + [8] * 3 + [4] * 3 + [2]),
    ],
)
def test_encoders_halve_where_the_original_does(encoder: type, side: int, path: list[int]):
    network = encoder((3, side, side), 12, width=24, hidden=(8,))
    assert sides(network, torch.rand(2, 3, side, side)) == path


@pytest.mark.parametrize(
    ("decoder", "side", "path"),
    [
        (Conv12Decoder, 64, [2, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 64]),
        (Conv16Decoder, 128, [4] * 3 + [8] * 3 + [16] * 3 + [32] * 3 + [64] * 3 + [128]),
    ],
)
def test_decoders_double_where_the_original_does(decoder: type, side: int, path: list[int]):
    network = decoder(12, (3, side, side), width=24, hidden=(8,))
    assert sides(network, torch.randn(2, 12)) == path


def test_plans_have_a_doubling_for_every_halving():
    for plan in (CONV12, CONV16):
        assert len(plan.up) == len(plan.down)


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 32, 96), (4, 64, 64), (7,)])
def test_any_shape_that_fits_comes_back(shape: tuple[int, ...]):
    encoder = Conv12Encoder(shape, 6, width=24, hidden=(8,))
    decoder = Conv12Decoder(6, shape, width=24, hidden=(8,))
    features = encoder(torch.rand(2, *shape))
    assert features.shape == (2, 6)
    assert decoder(features).shape == (2, *shape)


def test_the_mean_is_a_sigmoid_for_images_and_the_output_itself_for_vectors():
    logits = torch.tensor([[0.0, 2.0]])
    assert torch.equal(Conv12Decoder(2, (2,), width=8).mean(logits), logits)
    images = torch.randn(1, 1, 32, 32)
    assert torch.equal(Conv12Decoder(2, (1, 32, 32), width=24).mean(images), torch.sigmoid(images))


@pytest.mark.parametrize(
    ("shape", "width", "words"),
    [
        ((1, 28, 28), 64, "multiples of 32; the data gives 28×28"),
        ((1, 64, 48), 64, "the data gives 64×48"),
        ((1, 3, 64, 64), 64, "(C, H, W), (K, T) or (D,)"),
        ((4, 64), 64, "the data are pianorolls; take a/pianoroll"),
        ((3, 32, 32), 16, "take a width of at least 24"),
        ((3, 64, 64), 12, "width 12 is no multiple"),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_built(shape: tuple[int, ...], width: int, words: str):
    for build in (
        lambda: Conv12Encoder(shape, 12, width=width),
        lambda: Conv12Decoder(12, shape, width=width),
    ):
        with pytest.raises(CallError) as error:
            build()
        assert words in str(error.value)


def test_the_networks_of_5_convs_halve_and_double_in_each():
    image = torch.rand(2, 3, 64, 64)
    assert sides(Conv5Encoder((3, 64, 64), 12, width=24, hidden=(8,)), image) == [32, 16, 8, 4, 2]
    assert sides(Conv5Decoder(12, (3, 64, 64), width=24, hidden=(8,)), torch.randn(2, 12)) == [
        4,
        8,
        16,
        32,
        64,
    ]


def test_the_small_encoder_has_32_32_64_64_128_channels_and_a_head_of_256_and_128():
    small = Conv5Encoder((3, 64, 64), 12, channels=(32, 32, 64, 64, 128))
    assert [layer.conv.out_channels for layer in small.layers] == [32, 32, 64, 64, 128]
    assert small.layers[0].conv.kernel_size == (5, 5)
    assert [layer.out_features for layer in small.head[::2]] == [256, 128, 12]
    assert sides(small, torch.rand(2, 3, 64, 64)) == [32, 16, 8, 4, 2]
    with pytest.raises(CallError, match="channels must be 5 numbers"):
        Conv5Encoder((3, 64, 64), 12, channels=(32, 32))

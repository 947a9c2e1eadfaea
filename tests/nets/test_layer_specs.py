"""Networks as lists of layers: shapes, transposes, and what does not fit."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from disentcli.errors import CallError
from disentcli.nets.layer_specs import (
    Act,
    BatchNorm,
    Conv,
    Flatten,
    Layer,
    Linear,
    MaxPool,
    SpatialBroadcast,
    TransposedConv,
    Unflatten,
    Upsample,
    assemble,
    transposed,
)

IMAGE = (3, 8, 12)
LAYERS = [Conv(6), Act(), BatchNorm(), MaxPool(), Flatten(), Linear(5), Act("tanh"), BatchNorm()]


def test_a_list_becomes_modules_that_give_the_shapes_it_says() -> None:
    network, shape = assemble(LAYERS, IMAGE)
    x = torch.rand(2, *IMAGE)
    expected = IMAGE
    for layer, module in zip(LAYERS, network, strict=True):
        x, expected = module(x), layer.out_shape(expected)
        assert tuple(x.shape[1:]) == expected
    assert shape == (5,)


def test_the_transpose_leads_back_through_the_same_maps() -> None:
    back = transposed(LAYERS, IMAGE)
    assert back == (
        BatchNorm(),
        Act("tanh"),
        Linear(36),
        Unflatten((6, 2, 3)),
        Upsample(),
        BatchNorm(),
        Act(),
        TransposedConv(3),
    )
    network, shape = assemble(back, (5,))
    assert shape == IMAGE
    assert network(torch.rand(2, 5)).shape == (2, *IMAGE)


@pytest.mark.parametrize("layer", [Conv(4, 3, 1, 1), Conv(4), MaxPool(), Linear(7), TransposedConv(2)])
def test_twice_transposed_is_the_layer_itself(layer: Layer) -> None:
    after = layer.out_shape(IMAGE)
    if not isinstance(layer, Linear):
        assert layer.transposed(IMAGE).transposed(after) == layer
    expected = (3 * 8 * 12,) if isinstance(layer, Linear) else IMAGE
    assert layer.transposed(IMAGE).out_shape(after) == expected


def test_a_transposed_conv_is_the_adjoint_of_the_conv() -> None:
    """⟨conv(x), y⟩ = ⟨x, convᵀ(y)⟩ with the same weights."""
    torch.manual_seed(0)
    conv = Conv(4, bias=False)
    forth, back = conv.build(IMAGE), conv.transposed(IMAGE).build(conv.out_shape(IMAGE))
    back.weight = forth.weight
    x, y = torch.randn(1, *IMAGE), torch.randn(1, 4, 4, 6)
    torch.testing.assert_close((forth(x) * y).sum(), (x * back(y)).sum())


def test_biases_may_be_left_out() -> None:
    for layer, shape in ((Conv(4, bias=False), IMAGE), (Linear(4, bias=False), (3,))):
        module = layer.build(shape)
        assert isinstance(module, (nn.Conv2d, nn.Linear))
        assert module.bias is None
        assert layer.transposed(shape).bias is False


def test_a_spatial_broadcast_has_the_codes_then_row_and_column_from_minus_1_to_1() -> None:
    layer = SpatialBroadcast(3, 2)
    out = layer.build((2,))(torch.tensor([[5.0, 7.0]]))
    assert layer.out_shape((2,)) == tuple(out.shape[1:]) == (4, 3, 2)
    assert out[0, 0].unique().tolist() == [5]
    assert out[0, 1].unique().tolist() == [7]
    assert out[0, 2].tolist() == [[-1, -1], [0, 0], [1, 1]]
    assert out[0, 3].tolist() == [[-1, 1]] * 3


@pytest.mark.parametrize(
    ("layers", "shape", "words"),
    [
        ([Conv(4)], (1, 7, 8), "does not fit a map of 7×8"),
        ([Conv(4)], (10,), "not vectors of 10"),
        ([MaxPool()], (1, 3, 4), "by 2 does not divide a map of 3×4"),
        ([Unflatten((2, 2, 2))], (9,), "9 numbers cannot be laid out"),
        ([Linear(4), Upsample()], (10,), "not vectors of 4"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers: list[Layer], shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(CallError, match=words):
        assemble(layers, shape)


def test_a_broadcast_has_no_transpose() -> None:
    with pytest.raises(CallError, match="write the encoder's layers out"):
        transposed([SpatialBroadcast(8, 8)], (3,))

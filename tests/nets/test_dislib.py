"""The networks of disentanglement_lib."""

from __future__ import annotations

import pytest
import torch

from disentcli.errors import CallError
from disentcli.nets.dislib import DislibDecoder, DislibEncoder


def test_features_shrink_from_64_to_4_and_back():
    encoder, decoder = DislibEncoder((3, 64, 64), 20), DislibDecoder(10, (3, 64, 64))
    seen: list[tuple[int, ...]] = []
    for layer in [*encoder.layers, *decoder.layers]:
        layer.register_forward_hook(lambda _, __, output: seen.append(tuple(output.shape[1:])))
    assert encoder(torch.rand(2, 3, 64, 64)).shape == (2, 20)
    assert decoder(torch.randn(2, 10)).shape == (2, 3, 64, 64)
    assert seen[:4] == [(32, 32, 32), (32, 16, 16), (64, 8, 8), (64, 4, 4)]
    assert seen[4:] == [(64, 8, 8), (32, 16, 16), (32, 32, 32), (3, 64, 64)]


def test_logits_are_free_and_hidden_layers_are_rectified():
    torch.manual_seed(0)
    decoder = DislibDecoder(10, (1, 32, 32))
    assert decoder(10 * torch.randn(8, 10)).min() < 0
    assert decoder.project(torch.randn(8, 10)).min() == 0


@pytest.mark.parametrize(("shape", "words"), [((1, 28, 28), "multiples of 16"), ((100,), "use conv12")])
def test_what_does_not_fit_is_refused_when_it_is_built(shape: tuple[int, ...], words: str):
    with pytest.raises(CallError, match=words):
        DislibEncoder(shape, 10)
    with pytest.raises(CallError, match=words):
        DislibDecoder(10, shape)


def test_tensorflows_initialization_may_be_asked_for():
    torch.manual_seed(0)
    encoder = DislibEncoder((1, 64, 64), 20, initialization="glorot")
    decoder = DislibDecoder(10, (1, 64, 64), initialization="glorot")
    assert not encoder.head[0].bias.any()
    assert encoder.head[0].weight.abs().max().item() == pytest.approx((6 / (1024 + 256)) ** 0.5, rel=1e-3)
    first = decoder.layers[0][0].weight  # 64 → 64, kernel 4
    assert first.abs().max().item() == pytest.approx((6 / (2 * 64 * 16)) ** 0.5, rel=1e-3)

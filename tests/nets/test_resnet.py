"""Residual networks."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from disentcli.errors import CallError
from disentcli.nets.resnet import ResidualBlock, ResnetDecoder, ResnetEncoder


@pytest.mark.parametrize("up", [False, True])
@pytest.mark.parametrize("down", [False, True])
def test_a_block_is_shortcut_plus_norm_relu_conv_twice(up: bool, down: bool) -> None:
    torch.manual_seed(0)
    block = ResidualBlock(8, 16, up=up, down=down)
    x = torch.randn(2, 8, 4, 4)

    def doubled(one: torch.Tensor) -> torch.Tensor:
        return one.repeat_interleave(2, 2).repeat_interleave(2, 3) if up else one

    inner = doubled(
        F.relu((x - x.mean((2, 3), keepdim=True)) / (x.var((2, 3), correction=0, keepdim=True) + 1e-5) ** 0.5)
    )
    inner = block.conv2(F.relu(block.norm2(block.conv1(inner))))
    expected = block.shortcut(doubled(x)) + inner
    if down:
        expected = expected.unfold(2, 2, 2).unfold(3, 2, 2).mean((-1, -2))
    torch.testing.assert_close(block(x), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 32, 32), (3, 64, 32)])
def test_shapes_come_back(shape: tuple[int, ...]) -> None:
    encoder = ResnetEncoder(shape, 6, channels=(8, 8, 16))
    assert encoder(torch.rand(2, *shape)).shape == (2, 6)
    assert ResnetDecoder(4, shape, channels=(16, 8, 8))(torch.randn(2, 4)).shape == (2, *shape)


def test_what_does_not_fit_is_refused_when_it_is_built() -> None:
    for shape, words in (((1, 28, 28), "multiples of 16"), ((100,), "resnet is for images")):
        with pytest.raises(CallError, match=words):
            ResnetEncoder(shape, 4)
        with pytest.raises(CallError, match=words):
            ResnetDecoder(4, shape)
    with pytest.raises(CallError, match="multiples of 8"):
        ResnetEncoder((1, 32, 32), 4, channels=(8, 12))

"""Instance normalization: torch's own kernels, and finite differences."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from disentcli.nets.instance_norm import InstanceNorm, instance_norm

EPS = 1e-6


def maps(*, dtype: torch.dtype = torch.float32, layout: torch.memory_format = torch.channels_last) -> Tensor:
    torch.manual_seed(0)
    return (3 + torch.randn(4, 8, 6, 5, dtype=dtype)).to(memory_format=layout)


def gradients(output: Tensor, *inputs: Tensor) -> tuple[Tensor, ...]:
    torch.manual_seed(1)
    return torch.autograd.grad(output, inputs, torch.randn(output.shape))


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_a_layer_is_torchs_group_norm_of_one_channel_a_group(layout: torch.memory_format) -> None:
    x = maps(layout=layout).requires_grad_()
    ours, theirs = InstanceNorm(8, EPS), torch.nn.GroupNorm(8, 8, EPS)
    torch.nn.init.normal_(theirs.weight), torch.nn.init.normal_(theirs.bias)
    ours.load_state_dict(theirs.state_dict())
    torch.testing.assert_close(ours(x), theirs(x), atol=1e-5, rtol=1e-5)
    found, expected = (gradients(one(x), x, one.weight, one.bias) for one in (ours, theirs))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_each_image_may_have_its_own_scale_and_shift() -> None:
    x, scale, shift = (
        one.requires_grad_() for one in (maps(), torch.rand(4, 8, 1, 1), torch.rand(4, 8, 1, 1))
    )
    found, expected = instance_norm(x, scale, shift, EPS), shift + scale * F.instance_norm(x, eps=EPS)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    inputs = (x, scale, shift)
    torch.testing.assert_close(gradients(found, *inputs), gradients(expected, *inputs), atol=1e-4, rtol=1e-4)


def test_the_gradient_can_be_differentiated_again() -> None:
    """As a gradient penalty does; beside the same formula in torch's plain operations."""
    torch.manual_seed(2)
    weights, scale, shift = torch.randn(4, 8, 6, 5), torch.rand(8, 1, 1), torch.rand(8, 1, 1)

    def penalty_slope(normalize: object) -> Tensor:
        x = maps().requires_grad_()
        output = normalize(x, scale, shift, EPS)  # type: ignore[operator]
        (slope,) = torch.autograd.grad((output.tanh() * weights).sum(), x, create_graph=True)
        return torch.autograd.grad(slope.square().sum(), x)[0]

    def plain(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
        variance, mean = torch.var_mean(x, (2, 3), correction=0, keepdim=True)
        return scale * (x - mean) / (variance + eps).sqrt() + shift

    torch.testing.assert_close(penalty_slope(instance_norm), penalty_slope(plain), atol=1e-4, rtol=1e-4)


def test_models_can_be_stacked() -> None:
    x, scale, shift = torch.stack([maps(), 2 * maps()]), torch.rand(2, 8, 1, 1), torch.rand(2, 8, 1, 1)

    def slope(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        return torch.func.grad(lambda scale: instance_norm(x, scale, shift, EPS).tanh().sum())(scale)

    expected = torch.stack([slope(*one) for one in zip(x, scale, shift, strict=True)])
    torch.testing.assert_close(torch.func.vmap(slope)(x, scale, shift), expected, atol=1e-4, rtol=1e-4)


def test_other_precisions_take_torchs_kernel() -> None:
    x, scale, shift = maps(dtype=torch.float64), torch.rand(8, 1, 1).double(), torch.rand(8, 1, 1).double()
    expected = F.group_norm(x, 8, scale.flatten(), shift.flatten(), EPS)
    torch.testing.assert_close(instance_norm(x, scale, shift, EPS), expected, rtol=0, atol=0)

"""Instance normalization, then a scale and a shift: of each channel, or of each channel of each image."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MAP = (2, 3)  # the dimensions that are normalized


def instance_norm(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
    """scale ⊙ (x − mean)/√(variance + eps) + shift, with mean and variance over each map of x (B, C, H, W).

    Scale and shift are (C, 1, 1) or (B, C, 1, 1).
    """
    if x.device.type == "cpu" and x.dtype == torch.float32 and not torch.compiler.is_compiling():
        return _InstanceNorm.apply(x, scale, shift, eps)  # type: ignore[no-any-return,no-untyped-call]
    if scale.ndim == 3:
        return F.group_norm(x, x.shape[1], scale.flatten(), shift.flatten(), eps)
    return torch.addcmul(shift, scale, F.group_norm(x, x.shape[1], eps=eps))


class InstanceNorm(nn.GroupNorm):
    """A group norm with as many groups as channels; with these weights, and quicker on a CPU."""

    def __init__(self, channels: int, eps: float) -> None:
        super().__init__(channels, channels, eps=eps)

    def forward(self, x: Tensor) -> Tensor:
        return instance_norm(x, self.weight[:, None, None], self.bias[:, None, None], self.eps)


class _InstanceNorm(torch.autograd.Function):
    """A few passes over memory each way; torch's kernel takes 2 to 4 times as long on channels-last maps.

    The gradient is made of differentiable operations on the inputs, so it can be differentiated again.
    """

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, scale: Tensor, shift: Tensor, eps: float) -> Tensor:
        centred, inverse_std = _standardizing(x, eps)
        return torch.addcmul(shift, centred, scale * inverse_std)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, Tensor, Tensor, float], output: Tensor) -> None:
        x, scale, shift, ctx.eps = inputs
        ctx.save_for_backward(x, scale)
        ctx.shift_shape = shift.shape

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:  # type: ignore[override]
        """With x̂ the normalized x: ∂x = scale/std ⊙ (g − mean g − x̂ ⊙ mean(g ⊙ x̂)), means over each map."""
        x, scale = ctx.saved_tensors
        centred, inverse_std = _standardizing(x, ctx.eps)
        of_shift = grad.sum(MAP, keepdim=True)
        of_scale = (grad * centred).sum(MAP, keepdim=True) * inverse_std
        slope, numbers = scale * inverse_std, x.shape[2] * x.shape[3]
        constant, along = -slope * of_shift / numbers, -slope * inverse_std * of_scale / numbers
        of_x = torch.addcmul(torch.addcmul(constant, centred, along), grad, slope)
        return of_x, of_scale.sum_to_size(scale.shape), of_shift.sum_to_size(ctx.shift_shape), None


def _standardizing(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """x − mean, and 1/std (B, C, 1, 1)."""
    centred = x - x.mean(MAP, keepdim=True)
    return centred, torch.rsqrt(centred.square().mean(MAP, keepdim=True) + eps)

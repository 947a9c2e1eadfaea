"""Bounding the gradients of many runs, each by itself."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_value_

from ..optim import GradientClipping

EPSILON = 1e-6  # as in torch.nn.utils.clip_grad_norm_


@torch.no_grad()
def clip_per_run(clip: GradientClipping, parameters: Sequence[Tensor]) -> None:
    """Clip the gradients of parameters (R, …) in place, the norm being that of each run's whole gradient."""
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        return
    if clip.value is not None:
        clip_grad_value_(parameters, clip.value)
    if clip.norm is not None:
        norms = torch.stack([torch.linalg.vector_norm(one.flatten(1), dim=1) for one in gradients])
        shares = (clip.norm / (torch.linalg.vector_norm(norms, dim=0) + EPSILON)).clamp(max=1.0)  # (R,)
        for gradient in gradients:
            gradient.mul_(shares.view(-1, *[1] * (gradient.ndim - 1)))

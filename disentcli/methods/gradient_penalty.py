"""The gradient penalty of a Wasserstein critic (Gulrajani et al., NeurIPS 2017)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def interpolates(real: Tensor, fake: Tensor, share: Tensor) -> Tensor:
    """x̂ = ε·x + (1 − ε)·x̃ of observations (B, …), with one ε of `share` (B,) for each."""
    epsilon = share.unflatten(0, (-1, *[1] * (real.ndim - 1)))
    return epsilon * real + (1 - epsilon) * fake


def gradient_penalty(critic: Callable[[Tensor], Tensor], observations: Tensor) -> Tensor:
    """mean_b (‖∇ v(x̂_b)‖₂ − 1)² of observations x̂ (B, …) and their values (B,); the norm is over all pixels.

    The value of an observation must not depend on the others in the batch. Source: Gulrajani et al., eq. 3.

    >>> gradient_penalty(lambda x: 3 * x[:, 0] + 4 * x[:, 1], torch.zeros(2, 2))
    tensor(16.)
    """
    gradients = torch.func.grad(lambda x: critic(x).sum())(observations)
    return (torch.linalg.vector_norm(gradients.flatten(1), dim=1) - 1).square().mean()

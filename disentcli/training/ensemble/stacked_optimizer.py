"""The optimisers of an ensemble as one, and the clipping of gradients of each run by itself."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, optim
from torch.nn.utils import clip_grad_value_

from ..optim import GradientClipping

ELEMENTWISE = (optim.Adam, optim.AdamW, optim.SGD)
EPSILON = 1e-6  # as in torch.nn.utils.clip_grad_norm_


class StackedOptimizer:
    """R elementwise optimisers of one kind and setting as one, over stacked parameters (R, …).

    `stacked` holds these in the order of an optimiser's own parameters.
    """

    def __init__(self, optimizers: Sequence[optim.Optimizer], stacked: Sequence[Tensor]) -> None:
        self.each = list(optimizers)
        self.one = deepcopy(self.each[0])
        self.one.state.clear()
        rest = iter(stacked)
        for group in self.one.param_groups:
            group["params"] = [next(rest) for _ in group["params"]]
        for place, parameter in enumerate(stacked):
            states = [optimizer.state.get(parameters_of(optimizer)[place], {}) for optimizer in self.each]
            if states[0]:
                self.one.state[parameter] = _stacked_state(states, parameter)

    def unstack_to_runs(self) -> None:
        """Copy to every optimiser its own moments, and the learning rates of the last step."""
        for run, optimizer in enumerate(self.each):
            for own, stacked in zip(parameters_of(optimizer), parameters_of(self.one), strict=True):
                if state := self.one.state.get(stacked):
                    optimizer.state[own] = {
                        name: _of_run(value, run, own, stacked) for name, value in state.items()
                    }
            for own_group, group in zip(optimizer.param_groups, self.one.param_groups, strict=True):
                own_group["lr"] = group["lr"]


def parameters_of(optimizer: optim.Optimizer) -> list[Tensor]:
    """All parameters of an optimiser, in order."""
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _stacked_state(states: Sequence[dict[str, object]], parameter: Tensor) -> dict[str, object]:
    stacked: dict[str, object] = {}
    for name, first in states[0].items():
        if isinstance(first, Tensor) and first.shape == parameter.shape[1:] and name != "step":
            moments = torch.stack([state[name] for state in states])  # type: ignore[misc]
            stacked[name] = torch.empty_like(parameter, requires_grad=False).copy_(moments)
        else:  # counts of steps, which are the same for all
            stacked[name] = deepcopy(first)
    return stacked


def _of_run(value: object, run: int, own: Tensor, stacked: Tensor) -> object:
    """A run's part of a state, with the strides of the run's parameter, which fused kernels expect."""
    if isinstance(value, Tensor) and value.shape == stacked.shape:
        return torch.empty_like(own, requires_grad=False).copy_(value[run])
    return deepcopy(value)


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

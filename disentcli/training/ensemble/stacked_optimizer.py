"""The optimisers of many runs as one: elementwise ones, for which a stack of parameters is one parameter."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, optim

ELEMENTWISE = (optim.Adam, optim.AdamW, optim.SGD)


class StackedOptimizer:
    """R optimisers of one kind and setting as one, over the parameters (R, …) that stand for theirs.

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
            states = [optimizer.state.get(listed(optimizer)[place], {}) for optimizer in self.each]
            if states[0]:
                self.one.state[parameter] = _stacked_state(states, parameter)

    def unstack_to_runs(self) -> None:
        """Give every optimiser its own moments, and the learning rates of the last step."""
        for run, optimizer in enumerate(self.each):
            for own, stacked in zip(listed(optimizer), listed(self.one), strict=True):
                if state := self.one.state.get(stacked):
                    optimizer.state[own] = {
                        name: _of_run(value, run, own, stacked) for name, value in state.items()
                    }
            for own_group, group in zip(optimizer.param_groups, self.one.param_groups, strict=True):
                own_group["lr"] = group["lr"]


def listed(optimizer: optim.Optimizer) -> list[Tensor]:
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
    """A run's part of a state; it lies in memory as the run's parameter does, as fused kernels want it."""
    if isinstance(value, Tensor) and value.shape == stacked.shape:
        return torch.empty_like(own, requires_grad=False).copy_(value[run])
    return deepcopy(value)

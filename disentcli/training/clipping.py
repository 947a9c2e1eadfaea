"""Bounding gradients before a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn, optim
from torch.nn.utils import clip_grad_norm_, clip_grad_value_


@dataclass(frozen=True)
class Clip:
    """`value` bounds each entry of the gradient, `norm` the Euclidean norm of the whole; None leaves it."""

    value: float | None = None
    norm: float | None = None

    def __call__(self, parameters: Sequence[nn.Parameter]) -> None:
        """Clip in place, without waiting for the device."""
        if not parameters:
            return
        if self.value is not None:
            clip_grad_value_(parameters, self.value)
        if self.norm is not None:
            clip_grad_norm_(parameters, self.norm)


def clippable(optimizer: optim.Optimizer) -> list[nn.Parameter]:
    """The parameters of an optimiser whose gradients may be clipped."""
    return [p for group in optimizer.param_groups if group.get("clip", True) for p in group["params"]]

"""Lion, an optimiser that steps by the sign of an interpolated momentum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, optim


class Lion(optim.Optimizer):
    """θ ← θ (1 − lr·λ) − lr·sign(β₁ m + (1 − β₁) g), then m ← β₂ m + (1 − β₂) g.

    Source: Chen et al., "Symbolic discovery of optimization algorithms" (NeurIPS 2023), algorithm 2.
    """

    def __init__(self, params: Any, lr: float, betas: tuple[float, float], weight_decay: float) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Update all parameters that have a gradient; nothing waits for the device."""
        if closure is not None:
            raise ValueError("Lion takes gradients that are there, no closure")
        for group in self.param_groups:
            parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
            if parameters:
                self._update(parameters, [self._momentum(one) for one in parameters], **group)

    def _momentum(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["exp_avg"] = torch.zeros_like(parameter)
        return state["exp_avg"]  # type: ignore[no-any-return]

    @staticmethod
    def _update(
        parameters: list[Tensor],
        momenta: list[Tensor],
        lr: float,
        betas: tuple[float, float],
        weight_decay: float,
        **_: object,
    ) -> None:
        gradients = [parameter.grad for parameter in parameters]
        directions = torch._foreach_lerp(momenta, gradients, 1 - betas[0])  # type: ignore[arg-type]
        torch._foreach_sign_(directions)
        torch._foreach_mul_(parameters, 1 - lr * weight_decay)
        torch._foreach_add_(parameters, directions, alpha=-lr)
        torch._foreach_lerp_(momenta, gradients, 1 - betas[1])  # type: ignore[arg-type]

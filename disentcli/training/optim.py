"""Optimisers, schedules of their learning rates, and the clipping of gradients.

An optimiser's function takes its settings and returns a function that makes the optimiser of parameters. A
method with several players gets one optimiser a player, with these settings where its parameter groups have
none of their own:

    >>> make = adam(lr=1e-3)
    >>> optimizer = make([torch.nn.Parameter(torch.zeros(3))])
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn, optim
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from ..config.coercion import DecayRate, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt
from ..errors import CallError
from ..registry import optimizer, scheduler
from .lion import Lion

Parameters = Iterable[nn.Parameter] | Iterable[dict[str, Any]]
MakeOptimizer = Callable[[Parameters], optim.Optimizer]


@optimizer("adam")
def adam(
    *,
    lr: NonNegativeFloat = 5e-4,
    betas: tuple[DecayRate, DecayRate] = (0.9, 0.999),
    eps: NonNegativeFloat = 1e-8,
    weight_decay: NonNegativeFloat = 0.0,
    amsgrad: bool = False,
) -> MakeOptimizer:
    """Adam (Kingma and Ba 2015) with the learning rate of the structural autoencoders (Leeb et al. 2023)."""
    return partial(
        _fused, optim.Adam, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
    )


@optimizer("adamw")
def adamw(
    *,
    lr: NonNegativeFloat = 1e-3,
    betas: tuple[DecayRate, DecayRate] = (0.9, 0.999),
    eps: NonNegativeFloat = 1e-8,
    weight_decay: NonNegativeFloat = 0.01,
    amsgrad: bool = False,
) -> MakeOptimizer:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), PyTorch's defaults."""
    return partial(
        _fused, optim.AdamW, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad
    )


@optimizer("sgd")
def sgd(
    *,
    lr: NonNegativeFloat = 1e-2,
    momentum: NonNegativeFloat = 0.9,
    weight_decay: NonNegativeFloat = 0.0,
    nesterov: bool = False,
    dampening: NonNegativeFloat = 0.0,
) -> MakeOptimizer:
    """Stochastic gradient descent with momentum.

    Raises:
        CallError: `nesterov` without momentum, or with dampening.
    """
    if nesterov and not momentum:
        raise CallError("nesterov is a kind of momentum, which is 0: set momentum, as in 0.9")
    if nesterov and dampening:
        raise CallError("nesterov is a momentum without dampening: leave one of them out")
    return partial(
        _fused,
        optim.SGD,
        lr=lr,
        momentum=momentum,
        weight_decay=weight_decay,
        nesterov=nesterov,
        dampening=dampening,
    )


@optimizer("nadam")
def nadam(
    *,
    lr: NonNegativeFloat = 2e-3,
    betas: tuple[DecayRate, DecayRate] = (0.9, 0.999),
    eps: NonNegativeFloat = 1e-8,
    weight_decay: NonNegativeFloat = 0.0,
    momentum_decay: NonNegativeFloat = 4e-3,
    decoupled_weight_decay: bool = False,
) -> MakeOptimizer:
    """Adam with Nesterov's momentum (Dozat 2016), PyTorch's defaults; decoupled decay is that of AdamW."""
    return partial(
        optim.NAdam,
        lr=lr,
        betas=betas,
        eps=eps,
        weight_decay=weight_decay,
        momentum_decay=momentum_decay,
        decoupled_weight_decay=decoupled_weight_decay,
    )


@optimizer("radam")
def radam(
    *,
    lr: NonNegativeFloat = 1e-3,
    betas: tuple[DecayRate, DecayRate] = (0.9, 0.999),
    eps: NonNegativeFloat = 1e-8,
    weight_decay: NonNegativeFloat = 0.0,
    decoupled_weight_decay: bool = False,
) -> MakeOptimizer:
    """Adam with rectified first steps (Liu et al. 2020), PyTorch's defaults; decoupled decay as in AdamW."""
    return partial(
        optim.RAdam,
        lr=lr,
        betas=betas,
        eps=eps,
        weight_decay=weight_decay,
        decoupled_weight_decay=decoupled_weight_decay,
    )


@optimizer("adamax")
def adamax(
    *,
    lr: NonNegativeFloat = 2e-3,
    betas: tuple[DecayRate, DecayRate] = (0.9, 0.999),
    eps: NonNegativeFloat = 1e-8,
    weight_decay: NonNegativeFloat = 0.0,
) -> MakeOptimizer:
    """Adam with the infinity norm (Kingma and Ba 2015, section 7.1), PyTorch's defaults."""
    return partial(optim.Adamax, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)


@optimizer("rmsprop")
def rmsprop(
    *,
    lr: NonNegativeFloat = 1e-2,
    alpha: DecayRate = 0.99,
    eps: NonNegativeFloat = 1e-8,
    weight_decay: NonNegativeFloat = 0.0,
    momentum: NonNegativeFloat = 0.0,
    centered: bool = False,
) -> MakeOptimizer:
    """Gradients divided by a running mean of their size (Tieleman and Hinton 2012), PyTorch's defaults."""
    return partial(
        optim.RMSprop,
        lr=lr,
        alpha=alpha,
        eps=eps,
        weight_decay=weight_decay,
        momentum=momentum,
        centered=centered,
    )


@optimizer("adagrad")
def adagrad(
    *,
    lr: NonNegativeFloat = 1e-2,
    lr_decay: NonNegativeFloat = 0.0,
    eps: NonNegativeFloat = 1e-10,
    weight_decay: NonNegativeFloat = 0.0,
    initial_accumulator_value: NonNegativeFloat = 0.0,
) -> MakeOptimizer:
    """Gradients divided by the root of the sum of their squares (Duchi et al. 2011), PyTorch's defaults."""
    return partial(
        optim.Adagrad,
        lr=lr,
        lr_decay=lr_decay,
        eps=eps,
        weight_decay=weight_decay,
        initial_accumulator_value=initial_accumulator_value,
    )


@optimizer("lion")
def lion(
    *,
    lr: NonNegativeFloat = 1e-4,
    betas: tuple[DecayRate, DecayRate] = (0.9, 0.99),
    weight_decay: NonNegativeFloat = 0.0,
) -> MakeOptimizer:
    """The sign of an interpolated momentum (Chen et al. 2023); rates 3 to 10 times below Adam's."""
    return partial(Lion, lr=lr, betas=betas, weight_decay=weight_decay)


def _fused(
    kind: Callable[..., optim.Optimizer], parameters: Parameters, **settings: object
) -> optim.Optimizer:
    """All parameters updated in one kernel, where each is of a kind that PyTorch can fuse."""
    listed: list[Any] = list(parameters)
    every = [p for one in listed for p in (one["params"] if isinstance(one, dict) else [one])]
    fusible = all(p.device.type in ("cpu", "cuda") and torch.is_floating_point(p) for p in every)
    return kind(listed, fused=fusible, **settings)


Schedule = Callable[[float, int, int], float]  # (rate at the start, step, steps in all) → rate


@scheduler("cosine")
def cosine(
    *,
    end: NonNegativeFloat = 1e-5,
    every: PositiveInt = 1000,
    power: PositiveFloat = 1.6487212707001282,  # √e
) -> Schedule:
    """end + (start - end)(1 + cos(π p^power))/2 with p = step/steps, recomputed every so many steps.

    The schedule of the structural autoencoders' code (Leeb et al. 2023), whose end was 1e-4 at first and
    1e-5 since May 2021. A `start` below `end` rises to it.
    """

    def rate(start: float, step: int, steps: int) -> float:
        share = min(step // every * every / steps, 1.0)
        return end + (start - end) * (1 + math.cos(math.pi * share**power)) / 2

    return rate


@scheduler("drop")
def drop(*, factor: NonNegativeFloat = 0.1, last: NonNegativeInt = 1000) -> Schedule:
    """The starting rate, and `factor` times it in the last so many steps of the schedule."""

    def rate(start: float, step: int, steps: int) -> float:
        return start * factor if step >= steps - last else start

    return rate


@dataclass(frozen=True)
class GradientClipping:
    """`value` bounds each entry of the gradient, `norm` the Euclidean norm of the whole; None leaves it."""

    value: float | None = None
    norm: float | None = None

    def __call__(self, parameters: Sequence[nn.Parameter]) -> None:
        """Clip the gradients of these parameters in place, without waiting for the device."""
        if not parameters:
            return
        if self.value is not None:
            clip_grad_value_(parameters, self.value)
        if self.norm is not None:
            clip_grad_norm_(parameters, self.norm)


def clippable_parameters(optimizer: optim.Optimizer) -> list[nn.Parameter]:
    """The parameters of an optimiser whose gradients are clipped: of all groups without `clip: False`."""
    return [p for group in optimizer.param_groups if group.get("clip", True) for p in group["params"]]

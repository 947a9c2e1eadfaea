"""Optimisers: each function takes the settings and gives what makes an optimiser from parameters.

A method with several players gets one optimiser a player, with these settings where its parameter groups
have none of their own:

    >>> make = adam(lr=1e-3)
    >>> optimizer = make([torch.nn.Parameter(torch.zeros(3))])
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from torch import nn, optim

from ..coercion import DecayRate, NonNegativeFloat
from ..errors import CallError
from ..registry import optimizer

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
) -> MakeOptimizer:
    """Stochastic gradient descent with momentum."""
    if nesterov and not momentum:
        raise CallError("nesterov is a kind of momentum, which is 0: set momentum, as in 0.9")
    return partial(_fused, optim.SGD, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)


def _fused(
    kind: Callable[..., optim.Optimizer], parameters: Parameters, **settings: object
) -> optim.Optimizer:
    """All parameters updated in one kernel, where each is of a kind that PyTorch can fuse."""
    listed: list[Any] = list(parameters)
    every = [p for one in listed for p in (one["params"] if isinstance(one, dict) else [one])]
    fusible = all(p.device.type in ("cpu", "cuda") and torch.is_floating_point(p) for p in every)
    return kind(listed, fused=fusible, **settings)

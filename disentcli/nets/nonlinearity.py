"""The nonlinearities that a config can name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from torch import nn

from ..errors import CallError

Nonlinearity = Literal["elu", "gelu", "leaky_relu", "mish", "relu", "silu", "tanh"]

# In place where the gradient needs only the output; elsewhere autograd would copy the input anyway.
_MODULES: dict[str, Callable[[], nn.Module]] = {
    "elu": partial(nn.ELU, inplace=True),
    "gelu": nn.GELU,
    "leaky_relu": partial(nn.LeakyReLU, 0.2, inplace=True),
    "mish": nn.Mish,
    "relu": partial(nn.ReLU, inplace=True),
    "silu": nn.SiLU,
    "tanh": nn.Tanh,
}


def nonlinearity(name: Nonlinearity) -> nn.Module:
    """A module that may overwrite its input: put it behind a layer, never on a tensor read elsewhere."""
    if name not in _MODULES:
        raise CallError(f"unknown nonlinearity {name!r}; there are {', '.join(_MODULES)}")
    return _MODULES[name]()

"""Whether a network can be trained in the memory that there is, before it is built."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from torch import nn

from ..data.resources import require_memory
from ..errors import CallError, DisentError

COPIES = 4  # a weight, its gradient and the two moments of Adam
BYTES = 4  # of a float32


def check_size(build: Callable[[], nn.Module]) -> None:
    """Raise an error for a model that is too large, from its shapes alone: nothing is allocated.

    A model that cannot be built without its values is left to what building it says.

    Raises:
        DisentError: weights, gradients and moments of the optimiser would not fit into RAM.
        CallError: a layer has no units.
    """
    try:
        with torch.device("meta"), warnings.catch_warnings(action="ignore"):
            shapes = [parameter.shape for parameter in build().parameters()]
    except CallError:
        raise
    except Exception as error:
        if "overflow" in str(error).lower():
            raise DisentError(
                "a layer of this model is larger than a tensor can be: make it smaller"
            ) from error
        return
    empty = [tuple(shape) for shape in shapes if 0 in shape]
    if empty:
        raise CallError(f"a layer of this model has no units, its weights are {empty[0]}: make it wider")
    count = sum(shape.numel() for shape in shapes)
    require_memory(
        COPIES * BYTES * count,
        f"training this model of {count:,} parameters",
        "take fewer latents or narrower layers",
    )

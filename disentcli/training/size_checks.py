"""Checks of sizes before the first step: is the batch large enough, does the model fit into memory?"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..data.resources import require_memory
from ..errors import CallError, DisentError
from ..methods.method import Method

COPIES = 4  # a weight, its gradient and the two moments of Adam
BYTES = 4  # of a float32


def check_model_size(build: Callable[[], nn.Module]) -> None:
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


def check_batch_size(model: Method, batch_size: int, parts: int = 1) -> None:
    """Raise CallError where this batch size is too small for the method, its networks or its supervision.

    A batch norm needs two items: with one it has no variance, or that of the pixels of a single image. Of a
    batch that is computed in `parts`, each has to be large enough.
    """
    norm = next((type(one).__name__ for one in model.modules() if isinstance(one, _BatchNorm)), None)
    what = "the batch size" if parts == 1 else f"a part of the batch (--accumulate {parts})"
    if batch_size < parts:
        raise CallError(f"--accumulate {parts}: a batch of {batch_size} has no so many parts")
    batch_size //= parts
    _check_batch(batch_size, model.min_batch_size, model.short_name, norm, what, "--dataset.batch-size")
    if model.supervision is not None:
        size, key = model.supervision.labelled_batch, "--model.supervision.labelled-batch"
        least, name = model.supervision.min_batch_size, type(model.supervision).__name__
        if size is not None:
            _check_batch(size, least, name, norm, "the batch of labelled images", key)
        else:
            _check_batch(batch_size, least, name, norm, what, "--dataset.batch-size")


def _check_batch(given: int, least: int, compares: str, norm: str | None, what: str, key: str) -> None:
    if given < least:
        raise CallError(
            f"{compares} compares the images of a batch with each other, {least} or more; {what} is {given}: "
            f"set {key} to {least} or more"
        )
    if given < 2 and norm:
        raise CallError(
            f"the networks have batch normalization ({norm}), which needs 2 images or more; {what} is "
            f"{given}: set {key} to 2 or more"
        )

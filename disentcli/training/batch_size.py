"""How many items a batch must have for what a method and its networks compute from it."""

from __future__ import annotations

from torch.nn.modules.batchnorm import _BatchNorm

from ..errors import CallError
from ..methods.method import Method


def check_batch_size(model: Method, batch_size: int) -> None:
    """CallError where batches of this size are too small for the method, its networks or its supervision.

    A batch norm needs two items: with one it has no variance, or that of the pixels of a single image.
    """
    norm = next((type(one).__name__ for one in model.modules() if isinstance(one, _BatchNorm)), None)
    _check(batch_size, model.min_batch_size, model.short_name, norm, "the batch size", "--dataset.batch-size")
    if model.supervision is not None:
        size, key = model.supervision.labelled_batch, "--model.supervision.labelled-batch"
        least, name = model.supervision.min_batch_size, type(model.supervision).__name__
        if size is not None:
            _check(size, least, name, norm, "the batch of labelled images", key)
        else:
            _check(batch_size, least, name, norm, "the batch size", "--dataset.batch-size")


def _check(given: int, least: int, compares: str, norm: str | None, what: str, key: str) -> None:
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

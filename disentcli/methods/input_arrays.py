"""Checks of the arrays that a trained model is applied to: indices, observations or codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import CallError
from ..latents.discrete import DiscreteLatent
from ..latents.latent import Latent
from ..nets.shapes import Shape, kind_of

Array = Tensor | np.ndarray
MAX_SYMBOL = 129  # of pianorolls: hold


def is_indices(given: Array) -> bool:
    """Whether these are indices into a dataset: whole numbers in one dimension.

    >>> is_indices(np.arange(3)), is_indices(np.zeros((3, 1, 32, 32), np.uint8))
    (True, False)
    """
    return given.ndim == 1 and _kind(given) == "integer"


def as_indices(given: Array, count: int) -> Tensor:
    """Indices (N,) int64 into a dataset of `count` items; CallError for others than 0…count − 1."""
    if not is_indices(given):
        raise CallError(f"indices are whole numbers (N,), got {_described(given)}")
    if isinstance(given, np.ndarray) and given.size and int(given.max()) > count - 1:
        raise CallError(f"indices go from 0 to {count - 1:,}, got one of {given.max()}")
    indices = given.long() if isinstance(given, Tensor) else torch.from_numpy(given.astype(np.int64))
    if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < count:
        wrong = indices.min() if int(indices.min()) < 0 else indices.max()
        raise CallError(f"indices go from 0 to {count - 1:,}, got one of {int(wrong)}")
    return indices


def as_observations(given: Array, shape: Shape) -> Tensor:
    """Observations (N, *shape) float32: images in [0, 1] or bytes 0…255, which are divided by 255; vectors;
    symbols of pianorolls.

    >>> as_observations(np.full((1, 1, 1, 2), 51, np.uint8), (1, 1, 2))
    tensor([[[[0.2000, 0.2000]]]])

    Raises:
        CallError: their shape is another, a number is not finite, or one of an image outside [0, 1].
    """
    kind = kind_of(shape)
    name = f"{kind}s"
    if given.ndim != 1 + len(shape) or tuple(given.shape[1:]) != tuple(shape):
        raise CallError(
            f"{name} are expected as (N, {', '.join(map(str, shape))}), or indices into the dataset as whole "
            f"numbers (N,); got {_described(given)}"
        )
    found = _floats(given, name)
    if kind == "pianoroll":
        return _checked_symbols(found)
    if kind == "vector":
        return found
    if given.dtype in (torch.uint8, np.uint8):
        return found / 255
    if _kind(given) == "integer":
        raise CallError(
            f"images are expected as floats in [0, 1] or as uint8, got {given.dtype}: convert them to uint8, "
            "or divide them by what stands for white"
        )
    low, high = _range(found)
    if low < 0 or high > 1:
        raise CallError(
            f"images are expected in [0, 1], got numbers from {low:g} to {high:g}: divide by 255 what is in "
            "0…255, and undo any other normalization"
        )
    return found


def _checked_symbols(found: Tensor) -> Tensor:
    """Symbols (N, K, T) as they are; CallError for numbers that are none."""
    low, high = _range(found)
    if low < 0 or high > MAX_SYMBOL or not bool((found == found.round()).all()):
        raise CallError(
            f"pianorolls hold whole numbers from 0 to {MAX_SYMBOL} (128 pitches, silence, hold), got numbers "
            f"from {low:g} to {high:g}"
        )
    return found


def as_codes(given: Array, latent: Latent) -> Tensor:
    """Codes (N, latent_dim) float32.

    Raises:
        CallError: their shape is another, one is not finite, or names no token of the table.
    """
    if given.ndim != 2 or given.shape[1] != latent.latent_dim:
        raise CallError(f"codes are expected as (N, {latent.latent_dim}), got {_described(given)}")
    codes = _floats(given, "codes")
    if isinstance(latent, DiscreteLatent) and not latent.ordered and len(codes):
        low, high = _range(codes.round())
        if low < 0 or high > min(latent.sizes) - 1:
            raise CallError(
                f"codes of {type(latent).__name__} are tokens from 0 to {min(latent.sizes) - 1}, got numbers "
                f"from {low:g} to {high:g}"
            )
    return codes


def _floats(given: Array, name: str) -> Tensor:
    """The numbers as float32; CallError where one is not finite, or becomes infinite."""
    if _kind(given) == "other":
        raise CallError(f"{name} are expected as numbers, got {_described(given)}")
    found = given.float() if isinstance(given, Tensor) else torch.from_numpy(_float32(given))
    if not bool(found.isfinite().all()):
        wrong = int((~found.isfinite()).sum())
        raise CallError(f"{name} are expected to be finite, {wrong:,} of {found.numel():,} numbers are not")
    return found


def _float32(given: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # what overflows is refused
        return np.ascontiguousarray(given, dtype=np.float32)


def _range(found: Tensor) -> tuple[float, float]:
    return (float(found.min()), float(found.max())) if found.numel() else (0.0, 0.0)


def _kind(given: Array) -> str:
    """integer, real (booleans count as 0 and 1) or other."""
    if isinstance(given, Tensor):
        if given.is_complex():
            return "other"
        return "real" if given.is_floating_point() or given.dtype == torch.bool else "integer"
    return {"i": "integer", "u": "integer", "f": "real", "b": "real"}.get(given.dtype.kind, "other")


def as_array(given: Any) -> Array:
    """Tensors as they are; all else, such as a list, as numpy reads it."""
    return given if isinstance(given, Tensor) else np.asarray(given)


def _described(given: Array) -> str:
    return f"{given.dtype} of shape {tuple(given.shape)}"

"""Files of torch.save: one tensor, or a dictionary of tensors; nothing else is unpickled (weights_only)."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch

from ...errors import DisentError
from ..custom.array_file import ArrayEntry, ArrayFile
from .npy import blocks_of
from .table_file import TEXT, is_text

NO_TENSOR = "is no tensor, and no list of words or numbers"


def open_tensors(path: Path, name: str) -> ArrayFile:
    """The tensors of the file by name; a single one is called `name`.

    Raises:
        DisentError: it is damaged, or holds other objects, which are never loaded.
    """
    found = _load(path)
    if not isinstance(found, dict):
        found = {name: found}
    arrays = ArrayFile(path, {}, {})
    for key, value in found.items():
        array = _as_array(value)
        if array is None:
            arrays.unreadable[str(key)] = NO_TENSOR
        else:
            arrays.entries[str(key)] = ArrayEntry(
                str(key), array.shape, array.dtype, partial(blocks_of, array)
            )
    return arrays


def _load(path: Path) -> Any:
    if is_text(path):
        raise DisentError(f"{path} cannot be read as a file of torch.save ({TEXT})")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise DisentError(
            f"{path} holds other objects than tensors, which are never loaded: save a tensor, or a "
            "dictionary of tensors, with torch.save"
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        detail = str(error).partition("\n")[0]
        raise DisentError(f"{path} cannot be read as a file of torch.save ({detail})") from error


def _as_array(value: Any) -> np.ndarray | None:
    if isinstance(value, torch.Tensor) and value.layout == torch.strided and not value.is_complex():
        plain = value.detach().float() if value.dtype == torch.bfloat16 else value.detach()
        return plain.contiguous().numpy()
    if (
        isinstance(value, (list, tuple))
        and value
        and all(isinstance(one, (str, int, float)) for one in value)
    ):
        return np.array(value)
    return None

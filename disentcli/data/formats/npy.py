"""npy files: one array, mapped where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from ...errors import DisentError
from ..custom.array_file import PICKLED, ArrayEntry, ArrayFile, rows_at_once
from .table_file import TEXT, is_text


def open_npy(path: Path, name: str) -> ArrayFile:
    """The array of the file, called `name`; DisentError if the file is damaged or no npy file."""
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        if "Python objects" in str(error):
            return ArrayFile(path, {}, {name: PICKLED})
        reason = TEXT if is_text(path) else error
        raise DisentError(f"{path} is not a whole npy file ({reason}); save it anew") from error
    if not isinstance(mapped, np.memmap):
        raise DisentError(f"{path} is not an npy file, whatever its name says; rename it, or save it anew")
    in_rows = mapped if mapped.flags.c_contiguous else None  # not in Fortran order
    entry = ArrayEntry(name, mapped.shape, mapped.dtype, partial(blocks_of, mapped), in_rows)
    return ArrayFile(path, {name: entry}, {})


def blocks_of(array: np.ndarray) -> Iterator[np.ndarray]:
    """The rows of an array in blocks."""
    if not array.ndim:
        yield np.asarray(array)
        return
    rows = rows_at_once(array.shape, array.dtype)
    for first in range(0, len(array), rows):
        yield np.asarray(array[first : first + rows])

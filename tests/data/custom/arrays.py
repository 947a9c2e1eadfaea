"""Files of arrays of one's own: a few coloured images, and what they are as numbers in [0, 1]."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from disentcli.data.custom.array import Array
from disentcli.errors import DisentError

COLOURED = np.random.default_rng(0).integers(0, 256, (12, 6, 5, 3), dtype=np.uint8)
GREY = COLOURED[..., 0]
EXPECTED = COLOURED.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
GRID = np.stack(np.unravel_index(np.arange(12), (2, 3, 2)), axis=-1)


def save(path: Path, compressed: bool = False, **content: Any) -> Path:
    """A file of these arrays, an npz or an HDF5 file by its ending."""
    if path.suffix == ".npz":
        (np.savez_compressed if compressed else np.savez)(path, **content)
        return path
    with h5py.File(path, "w") as file:
        for name, value in content.items():
            value = np.asarray(value)
            text = value.astype(h5py.string_dtype()) if value.dtype.kind == "U" else value
            packing = {"compression": "gzip", "chunks": (5, *value.shape[1:])} if compressed else {}
            file.create_dataset(name, data=text, **packing if value.ndim and len(value) > 5 else {})
    return path


def images(data: Array) -> np.ndarray:
    return data.batch(torch.arange(len(data))).numpy()


def refused(path: Path, kind: type[DisentError] = DisentError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        Array(path, **options)
    return str(caught.value)


def broken(value: float) -> np.ndarray:
    floats = COLOURED / 255
    floats[9, 2, 1, 0] = value
    return floats

"""What tells two datasets of people's own apart, without reading all of a large file."""

from __future__ import annotations

import hashlib

import numpy as np

from .factor_table import FactorTable

SAMPLED = 4096  # rows, evenly spread


def fingerprint(rows: np.ndarray, shape: tuple[int, ...], table: FactorTable | None) -> str:
    """16 hexadecimal digits of the shape, of 4,096 evenly spread rows (or all, if fewer), of the factors."""
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), SAMPLED)).astype(np.int64))
    checksum = hashlib.sha256(repr((shape, len(rows), str(rows.dtype))).encode())
    for part in np.array_split(places, max(len(places) // 256, 1)):
        checksum.update(np.ascontiguousarray(rows[part]).data)
    if table is not None:
        checksum.update(repr((table.names, table.sizes, table.values)).encode())
        checksum.update(np.ascontiguousarray(table.labels).data)
    return checksum.hexdigest()[:16]

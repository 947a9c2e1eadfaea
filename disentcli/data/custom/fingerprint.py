"""Fingerprints of a user's own data, without reading all of a large file."""

from __future__ import annotations

import hashlib

import numpy as np

from .factor_table import FactorTable

SAMPLED = 4096  # rows, evenly spread


def fingerprint(rows: np.ndarray, shape: tuple[int, ...], table: FactorTable | None) -> str:
    """16 hexadecimal digits of the shape, of 4,096 evenly spread rows (or all, if fewer), of the factors.

    Classes written as `3.0` count as the numbers that they were in earlier versions: runs keep their data.
    """
    places = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), SAMPLED)).astype(np.int64))
    checksum = hashlib.sha256(repr((shape, len(rows), str(rows.dtype))).encode())
    for part in np.array_split(places, max(len(places) // 256, 1)):
        checksum.update(np.ascontiguousarray(rows[part]).data)
    return _with_factors(checksum, table)


def stored_fingerprint(sha256: str, table: FactorTable | None) -> str:
    """16 hexadecimal digits of all stored images, whose checksum is known, and of the factors."""
    return _with_factors(hashlib.sha256(sha256.encode()), table)


def _with_factors(checksum: hashlib._Hash, table: FactorTable | None) -> str:
    if table is not None:
        read = _as_numbers(table) if table.floats else table
        checksum.update(repr((read.names, read.sizes, read.values)).encode())
        checksum.update(np.ascontiguousarray(read.labels).data)
    return checksum.hexdigest()[:16]


def _as_numbers(table: FactorTable) -> FactorTable:
    """The table with the classes that were written as floats as continuous numbers."""
    numbers = [name in table.floats for name in table.names]
    columns = [
        np.asarray(values)[column.astype(np.int64)] if number else column
        for number, column, values in zip(numbers, table.labels.T, table.values, strict=True)
    ]
    sizes = tuple(0 if number else size for number, size in zip(numbers, table.sizes, strict=True))
    values = tuple(() if number else kept for number, kept in zip(numbers, table.values, strict=True))
    return FactorTable(np.stack(columns, axis=-1).astype(np.float64), table.names, sizes, values)

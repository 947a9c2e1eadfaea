"""The checksum of Tensorboard's records (CRC-32C, masked), quick enough for files full of pictures.

A CRC without its initial value is linear and does not see leading zeros. So the bytes become rows, whose
CRCs are taken at once, column by column, and are then joined: shifted past the rows behind and added.
"""

from __future__ import annotations

from functools import cache

import numpy as np

POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits reversed
ROW = 256  # bytes
SMALL = 2_000  # bytes that are quicker one by one
MASK = 0xA282EAD8
BITS = 0xFFFFFFFF


def masked_crc32c(data: bytes) -> int:
    """As a record's data and length have it."""
    value = _crc32c(data)
    return ((value >> 15 | value << 17) + MASK) & BITS


def _crc32c(data: bytes) -> int:
    if len(data) < SMALL:
        return _one_by_one(data)
    inverted = int.from_bytes(data[:4], "little") ^ BITS  # the initial value
    content = inverted.to_bytes(4, "little") + data[4:]
    rows = np.frombuffer(content.rjust(-(-len(content) // ROW) * ROW, b"\0"), np.uint8).reshape(-1, ROW)
    value = 0
    for row in _after(np.zeros(len(rows), np.uint32), rows.T).tolist():
        value = _shifted(value) ^ row
    return value ^ BITS


def _one_by_one(data: bytes) -> int:
    table, value = _table_list(), BITS
    for byte in data:
        value = table[(value ^ byte) & 255] ^ value >> 8
    return value ^ BITS


def _after(values: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """CRCs (R,) after each has seen the bytes of its column in (ROW, R)."""
    table = _table()
    for column in columns:
        values = table[(values ^ column) & 255] ^ values >> np.uint32(8)
    return values


def _shifted(value: int) -> int:
    """A CRC after a row of zeros."""
    tables = _shifts()
    places = (tables[byte][value >> 8 * byte & 255] for byte in range(4))
    return next(places) ^ next(places) ^ next(places) ^ next(places)


@cache
def _table() -> np.ndarray:
    """The CRC of each byte."""
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, values >> 1 ^ np.uint32(POLYNOMIAL), values >> 1).astype(np.uint32)
    return values


@cache
def _table_list() -> list[int]:
    return _table().tolist()


@cache
def _shifts() -> list[list[int]]:
    """For each of the four bytes of a CRC, what its values become after a row of zeros."""
    values = np.arange(256, dtype=np.uint32)
    zeros = np.zeros((ROW, 256), np.uint8)
    return [_after(values << np.uint32(8 * byte), zeros).tolist() for byte in range(4)]

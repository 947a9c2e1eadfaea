"""IDX files, the format of MNIST: a magic number, big-endian sizes, bytes; gzip or not."""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

from ...errors import DisentError

UINT8 = 0x08


def read_idx(path: Path, dims: int) -> np.ndarray:
    """The uint8 array of `dims` dimensions in an IDX file; DisentError, naming it, where it is not one."""
    content = _content(path)
    start = 4 + 4 * dims
    if content[:4] != bytes((0, 0, UINT8, dims)) or len(content) < start:
        raise DisentError(
            f"{path} is not an IDX file of bytes in {dims} dimensions: "
            f"it begins with {content[:4].hex(' ')}, not 00 00 {UINT8:02x} {dims:02x}; fetch it again"
        )
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", dims, 4))
    if len(content) != start + prod(shape):
        raise DisentError(
            f"{path} should hold {prod(shape):,} bytes {shape} and holds {len(content) - start:,}; "
            "fetch it again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DisentError(f"{path} cannot be read ({error}); fetch it again") from error

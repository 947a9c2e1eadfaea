"""IDX files, the format of MNIST: a magic number, big-endian sizes, bytes; gzip or not.

They are kept as they are published; the MD5s are those of the unpacked bytes.
"""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np

from ...errors import DisentError
from ..download.source import FormatReader, RemoteFile, Source
from ..download.verify import WrongFile, sniff

UINT8 = 0x08
IMAGES, LABELS = 0x0803, 0x0801  # IDX magic numbers: unsigned bytes in 3 or 1 dimensions
BLOCK = 1 << 20


def check(path: Path, source: Source, file: RemoteFile) -> None:
    """WrongFile unless the IDX file is whole, and the MD5 of its unpacked bytes is the published one."""
    digest, size, length = hashlib.md5(usedforsecurity=False), 0, 0
    try:
        for block in _unpacked(path):
            if not size:
                length = _announced(block, file, path)
            size += len(block)
            digest.update(block)
            if size > length:
                break
    except (OSError, EOFError, zlib.error) as error:
        raise WrongFile(f"it is not a whole gzip file ({error})") from error
    if size != length or not size:
        raise WrongFile(
            f"it holds {size:,} bytes unpacked, its header speaks of {length:,}" if size else "it is empty"
        )
    found = digest.hexdigest()
    if file.md5_unpacked and found != file.md5_unpacked.lower():
        raise WrongFile(f"its MD5, unpacked, is {found}, the published one is {file.md5_unpacked}")


def is_packed(path: Path) -> bool:
    """Whether the file is a gzip file, by its first bytes."""
    with open(path, "rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def plain_name(file: RemoteFile) -> str:
    """The file's name when it is not packed."""
    return file.name.removesuffix(".gz")


def _unpacked(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") if is_packed(path) else open(path, "rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def _announced(block: bytes, file: RemoteFile, path: Path) -> int:
    """Bytes that the whole file must have, from the header at the start of `block`."""
    magic, dimensions = (IMAGES, 3) if "images" in file.name else (LABELS, 1)
    if len(block) < 4 + 4 * dimensions or struct.unpack_from(">I", block)[0] != magic:
        raise WrongFile(
            f"it is not an IDX file of {'images' if dimensions == 3 else 'labels'} ({sniff(path)})"
        )
    shape = struct.unpack_from(f">{dimensions}I", block, 4)
    if dimensions == 3 and shape[1:] != (28, 28):
        raise WrongFile(f"its images are {shape[1]}×{shape[2]}, not 28×28")
    return 4 + 4 * dimensions + prod(shape)


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
        return b"".join(_unpacked(path))
    except (OSError, EOFError, zlib.error) as error:
        raise DisentError(f"{path} cannot be read ({error}); fetch it again") from error


IDX = FormatReader(check)
"""Nothing is formatted: the datasets read the original files."""

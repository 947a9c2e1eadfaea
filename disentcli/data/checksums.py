"""Checksums of a dataset folder: a spread sample of its images at each start, all of them on demand.

The sample is 64 blocks of 16 KiB, evenly spread from the first byte of images.npy to the last: at most 1 MiB
is read, whatever the size. It finds any damage to a file of up to 1 MiB, and in a larger one any overwritten
stretch longer than 1/63 of the file; smaller damage is found by chance, or by reading all of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..atomic_io import write_atomic
from ..errors import DisentError

BLOCKS, BLOCK = 64, 1 << 14
CHUNK = 1 << 24  # bytes read at a time
LARGE = 1 << 30  # bytes whose reading takes so long that it is said
IMAGES, FACTORS, META = "images.npy", "factors.npy", "meta.json"

log = logging.getLogger(__name__)


def file_sha256(path: Path, start: int = 0) -> str:
    """The sha256 of a file from the byte `start` on, in hexadecimal."""
    checksum = hashlib.sha256()
    with open(path, "rb") as file:
        file.seek(start)
        while chunk := file.read(CHUNK):
            checksum.update(chunk)
    return checksum.hexdigest()


def sample_sha256(path: Path) -> str:
    """The sha256 of the sampled blocks of a file, or of all of one that is no longer than they are."""
    size = path.stat().st_size
    if size <= BLOCKS * BLOCK:
        return file_sha256(path)
    checksum = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        for k in range(BLOCKS):
            file.seek((size - BLOCK) * k // (BLOCKS - 1))
            checksum.update(file.read(BLOCK))
    return checksum.hexdigest()


def folder_sums(folder: Path, meta: Mapping[str, Any]) -> dict[str, str]:
    """The sums of a dataset folder as it is: of the sampled images, the factors and what meta.json says."""
    checked = {key: value for key, value in meta.items() if key != "sums"}
    sums = {
        META: hashlib.sha256(json.dumps(checked, sort_keys=True).encode()).hexdigest(),
        IMAGES: sample_sha256(folder / IMAGES),
    }
    if (folder / FACTORS).exists():
        sums[FACTORS] = file_sha256(folder / FACTORS)
    return sums


def meta_text(meta: Mapping[str, Any]) -> str:
    """The content of meta.json."""
    return json.dumps(meta, indent=1, ensure_ascii=False) + "\n"


def check_sums(folder: Path, meta: Mapping[str, Any], image_bytes: int, again: str) -> None:
    """Compare a dataset folder with the sums in its `meta`; one of an earlier version gets them.

    Raises:
        DisentError: files are damaged; it names them and says `again`, how to make the folder anew.
    """
    if "sums" not in meta:
        return _add_sums(folder, meta, image_bytes, again)
    expected, found = meta["sums"], folder_sums(folder, meta)
    if not isinstance(expected, Mapping):
        expected = {}
    for name in expected:
        if name not in found:
            raise DisentError(f"{folder} has no {name}; {again}")
    damaged = [name for name in found if found[name] != expected.get(name)]
    if damaged:
        raise _damaged(" and ".join(str(folder / name) for name in damaged), again)
    return None


def check_images(folder: Path, sha256: str, image_bytes: int, again: str) -> None:
    """Read all of the images, which are the last bytes of their file; DisentError if they are damaged."""
    path = folder / IMAGES
    if file_sha256(path, path.stat().st_size - image_bytes) != sha256:
        raise _damaged(str(path), again)


def _add_sums(folder: Path, meta: Mapping[str, Any], image_bytes: int, again: str) -> None:
    """Read all images of a folder that has no sums, and add them, so that a sample is enough from now on."""
    if not os.access(folder, os.W_OK):
        log.warning(
            "%s could not be checked: an earlier version wrote it without checksums of a sample, and it "
            "may not be written; `fig show-data --verify` reads all of it",
            folder,
        )
        return
    if image_bytes > LARGE:
        log.info("all of %s is checked once; from now on a sample of it", folder)
    check_images(folder, str(meta["sha256"]), image_bytes, again)
    with suppress(DisentError):  # no room for them: the next start reads all again
        write_atomic(folder / META, meta_text({**meta, "sums": folder_sums(folder, meta)}))


def _damaged(what: str, again: str) -> DisentError:
    return DisentError(f"damaged: {what}: the bytes are not those that were written; {again}")

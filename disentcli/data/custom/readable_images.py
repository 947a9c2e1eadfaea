"""Which image files of a folder can be read; the answer is kept, for each file must be decoded to know."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from ...atomic_io import read_json, write_atomic
from ...errors import DisentError
from .image_files import ReadOptions, UnreadableImage, fingerprint_files, inspect_images, read_image

log = logging.getLogger(__name__)

SHOWN = 3  # files that the warning names


def readable_images(answer: Path, folder: Path, names: Sequence[str], options: ReadOptions) -> list[str]:
    """Those of the files that can be read, in their order; a warning counts and names the others.

    `answer` is the file that keeps what was left out, for files of the same names, sizes and times.

    Raises:
        DisentError: none can be read, or one has another size.
    """
    source = fingerprint_files(folder, names, options)
    left_out = _stored(answer, source)
    if left_out is None:
        left_out = _unreadable(folder, names, options)
        answer.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(answer, json.dumps({"source": source, "left_out": left_out}))
    if len(left_out) == len(names):
        raise DisentError(f"{folder}: none of its {len(names):,} image files can be read")
    if left_out:
        more = ", …" if len(left_out) > SHOWN else ""
        log.warning(
            "%s: %d of %d image files cannot be read and are left out: %s",
            *(folder, len(left_out), len(names), ", ".join(left_out[:SHOWN]) + more),
        )
    kept = set(names) - set(left_out)
    return [name for name in names if name in kept]


def _stored(answer: Path, source: str) -> list[str] | None:
    try:
        found = read_json(answer)
        return list(found["left_out"]) if found["source"] == source else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _unreadable(folder: Path, names: Sequence[str], options: ReadOptions) -> list[str]:
    shape = inspect_images(folder, names, options, skip=True)
    return [name for name in names if not _can_read(folder / name, shape, options)]


def _can_read(path: Path, shape: tuple[int, int, int], options: ReadOptions) -> bool:
    try:
        read_image(path, shape, options)
    except UnreadableImage:
        return False
    return True

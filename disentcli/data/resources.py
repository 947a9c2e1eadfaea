"""Whether there is room: bytes free on a disk, bytes of RAM, and bytes as people read them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import DisentError

MARGIN_BYTES = 2**20  # for small files and the file system's own needs


def require_space(folder: Path, needed: int, what: str) -> None:
    """DisentError if the disk that `folder` will be on has less than `needed` bytes free."""
    present = next(parent for parent in folder.absolute().parents if parent.exists())
    free = shutil.disk_usage(present).free
    if free < needed + MARGIN_BYTES:
        raise DisentError(
            f"{what} needs {format_bytes(needed)} in {folder.parent}, where {format_bytes(free)} are free; "
            "make room or name another folder with --dataroot"
        )


def require_memory(needed: int, what: str, way_out: str) -> None:
    """DisentError if `needed` bytes are more than this machine's RAM."""
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > there:
        raise DisentError(
            f"{what} takes {format_bytes(needed)} of RAM, of {format_bytes(there)} here; {way_out}"
        )


def format_bytes(count: int, *, exact: bool = True) -> str:
    """Bytes as people read them: 377 MB, 12.7 GB (powers of 1000), 12,345 bytes or else 12.3 kB."""
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    if count >= 1e6:
        return f"{count / 1e6:.0f} MB"
    return f"{count:,} bytes" if exact or count < 1e3 else f"{count / 1e3:.1f} kB"

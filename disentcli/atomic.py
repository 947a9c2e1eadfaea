"""Atomic files: written under a temporary name in the same folder, synced, then renamed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from .errors import DisentError


@contextmanager
def atomic_file(path: str | Path, mode: str = "wb") -> Iterator[IO[Any]]:
    """A file object whose content appears at `path` at once, or not at all.

    DisentError when the disk is full or the folder may not be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DisentError(
                f"the disk is full: {path} could not be written; make room and call again"
            ) from error
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
            raise DisentError(
                f"{path} may not be written: {error.strerror}; check the folder's permissions"
            ) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_atomic(path: str | Path, data: bytes | str) -> None:
    """Write the whole of `data` (text as UTF-8) to `path` at once."""
    with atomic_file(path) as file:
        file.write(data.encode() if isinstance(data, str) else data)

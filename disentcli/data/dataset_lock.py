"""The lock of a dataset folder: two processes never render or format the same dataset at once."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import DisentError
from ..file_lock import is_at, try_lock, wait_for_lock

log = logging.getLogger(__name__)


@contextmanager
def exclusive(folder: str | Path) -> Iterator[None]:
    """Hold the lock of `folder`, which need not exist yet; a second process waits, and says so.

    The lock is a hidden file beside the folder, held with flock: the kernel releases it however its
    holder ends. Whoever gets it must look again whether the folder is there by now.
    """
    folder = Path(folder)
    path = folder.with_name(f".{folder.name}.lock")
    descriptor = _acquire(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        descriptor = _open(path)
        if not try_lock(descriptor):
            log.info("another process is preparing %s; waiting for it", path.parent / path.name[1:-5])
            wait_for_lock(descriptor)
        if is_at(descriptor, path):
            return descriptor
        os.close(descriptor)  # its holder removed the file on leaving: take the next one


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise DisentError(
            f"{path.parent} may not be written ({error.strerror}); "
            "mend its permissions or name another folder with --dataroot"
        ) from error

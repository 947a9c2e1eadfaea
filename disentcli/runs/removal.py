"""Removing a run: nothing of it is left, and nothing is taken from a process that writes into it."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

from .. import file_lock
from ..atomic_io import PARTIAL
from ..errors import DisentError
from .lock import LOCK, RunLock, is_locked

REMOVED = ".removed"
STALE = 3600.0  # seconds after which an unfinished, unlocked run folder is removed


def remove(folder: Path) -> None:
    """Delete a run's folder; one rename hides it first, so that a kill leaves no half run in the listing.

    Raises:
        DisentError: another process trains, evaluates or draws it, or the folder cannot be removed.
    """
    hidden = folder.with_name(f".{folder.name}{REMOVED}")
    with RunLock(folder):
        try:
            shutil.rmtree(hidden, ignore_errors=True)  # of an earlier call that was killed
            folder.rename(hidden)
            _refuse_writers(folder, hidden)
            shutil.rmtree(hidden)
        except OSError as error:
            raise DisentError(f"cannot delete {folder}: {error.strerror}") from error


def remove_stale(root: Path) -> None:
    """Remove what killed processes left of runs that were being made or deleted."""
    for pattern in (f".*{PARTIAL}*", f".*{REMOVED}"):
        for folder in root.glob(pattern):
            with suppress(FileNotFoundError):  # another process finishes its run meanwhile
                old = time.time() - folder.stat().st_mtime > STALE
                if folder.is_dir() and old and not is_locked(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _refuse_writers(folder: Path, hidden: Path) -> None:
    """Looked for under the hidden name, where no further writer finds the run."""
    for path in hidden.rglob(f".*.{LOCK}"):
        if file_lock.is_locked(path):
            written = path.name[1 : -len(LOCK) - 1]
            hidden.rename(folder)
            raise DisentError(f"the run {folder.name} is in use ({written} is being written); wait for it")

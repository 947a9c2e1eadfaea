"""One writer a run: the `lock` file, held with flock, names the process that writes."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path
from typing import IO

from ..errors import DisentError

LOCK = "lock"
PATIENCE = 0.5  # seconds; a listing that looks whether a lock is held holds it for an instant


class RunLock:
    """An exclusive lock on one run's folder; the system releases it when the process dies."""

    def __init__(self, folder: Path) -> None:
        self.path = Path(folder) / LOCK
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> RunLock:
        """Take the lock and write pid and host into it.

        Raises:
            DisentError: another process writes this run, or the folder cannot be written.
        """
        if self._file is not None:
            return self
        try:
            file = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115 - stays open while the lock is held
        except OSError as error:
            raise DisentError(f"cannot write the run {self.path.parent}: {error.strerror}") from error
        if not _flock_patiently(file):
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise DisentError(
                f"{self.path.parent.name} is being written by {holder}; "
                "wait for it, stop it, or start a new run"
            )
        file.truncate(0)
        file.write(f"pid {os.getpid()} on {socket.gethostname()}")
        file.flush()
        self._file = file
        return self

    def release(self) -> None:
        """Give the lock back; the file stays, empty."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None

    def __enter__(self) -> RunLock:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


def is_locked(folder: Path) -> bool:
    """Whether some process holds the run's lock now."""
    try:
        with open(Path(folder) / LOCK, encoding="utf-8") as file:
            return not _try_flock(file, fcntl.LOCK_SH)
    except OSError:
        return False


def _flock_patiently(file: IO[str]) -> bool:
    end = time.monotonic() + PATIENCE
    while not _try_flock(file, fcntl.LOCK_EX):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _try_flock(file: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

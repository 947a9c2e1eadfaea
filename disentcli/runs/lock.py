"""One writer at a time of a run, or of results: a lock file, held with flock, names the process."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from ..errors import DisentError

LOCK = "lock"
PATIENCE = 0.5  # seconds to wait: is_locked holds a lock for an instant


class FileLock:
    """An exclusive lock; the system releases it when the process dies.

    `what` is written under it, and `advice` says what to do where another process does so.
    """

    def __init__(self, path: Path, what: str, advice: str) -> None:
        self.path, self.what, self.advice = path, what, advice
        self._file: IO[str] | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._file is not None

    def acquire(self) -> FileLock:
        """Take the lock and write pid and host into it.

        Raises:
            DisentError: another process holds it, or the folder cannot be written.
        """
        while self._file is None:
            try:
                file = open(self.path, "a+", encoding="utf-8")  # noqa: SIM115 - open while it is held
            except OSError as error:
                raise DisentError(f"cannot write {self.what}: {error.strerror}") from error
            if not _flock_patiently(file):
                holder = _holder(file)
                file.close()
                raise DisentError(f"{self.what} is being written by {holder}; {self.advice}")
            if not _is_at(file, self.path):  # its former holder has removed it
                file.close()
                continue
            file.truncate(0)
            file.write(f"pid {os.getpid()} on {socket.gethostname()}")
            file.flush()
            self._file = file
        return self

    def release(self) -> None:
        """Give the lock back, and remove its file."""
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
            self._file = None

    def __enter__(self) -> FileLock:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class RunLock(FileLock):
    """The lock on one run's folder, whose file stays."""

    def __init__(self, folder: Path) -> None:
        super().__init__(Path(folder) / LOCK, "", "wait for it, stop it, or start a new run")
        self.move(folder)

    def move(self, folder: Path) -> None:
        """The run's folder has another name."""
        self.path, self.what = Path(folder) / LOCK, f"the run {Path(folder).name}"

    def release(self) -> None:
        """Give the lock back; the file stays, empty."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def is_locked(folder: Path) -> bool:
    """Whether some process holds the run's lock now."""
    try:
        with open(Path(folder) / LOCK, encoding="utf-8") as file:
            return not _try_flock(file, fcntl.LOCK_SH)
    except OSError:
        return False


def _holder(file: IO[str]) -> str:
    """The process that a lock file names."""
    try:
        file.seek(0)
        return file.read().strip() or "another process"
    except ValueError:
        return "another process"


def _is_at(file: IO[str], path: Path) -> bool:
    """Whether this open file is the one at the path."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
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

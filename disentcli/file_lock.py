"""Locks on files, held with flock: the system releases them however their holder ends."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from .errors import DisentError

PATIENCE = 0.5  # seconds to wait: looking whether a run is locked takes its lock for an instant


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

    def fileno(self) -> int:
        """The descriptor of the locked file; a process that inherits it holds the lock too."""
        if self._file is None:
            raise ValueError(f"{self.what} is not locked by this object")
        return self._file.fileno()

    def acquire(self) -> FileLock:
        """Take the lock and write pid and host into it.

        Raises:
            DisentError: another process holds it, the folder cannot be written, or has no locks.
        """
        while self._file is None:
            try:
                file = open(self.path, "a+", encoding="utf-8", opener=_no_link)  # noqa: SIM115 - held open
            except OSError as error:
                raise DisentError(f"cannot write {self.what}: {error.strerror}") from error
            if not _lock_patiently(file):
                holder = _holder(file)
                file.close()
                raise DisentError(f"{self.what} is being written by {holder}; {self.advice}")
            if not is_at(file.fileno(), self.path):  # its former holder has removed it
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


def _no_link(path: str, flags: int) -> int:
    """Open a file, but never what a link at its place points to."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Lock an open file, for this process alone or shared; False where another process's lock forbids it."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for_lock(descriptor: int) -> None:
    """Lock an open file for this process alone as soon as nobody else holds it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def is_locked(path: Path) -> bool:
    """Whether some process holds the lock on this file now."""
    try:
        with open(path, encoding="utf-8") as file:
            return not try_lock(file.fileno(), shared=True)
    except OSError:
        return False


def is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one at the path, which a holder of its lock may have removed."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False


def _lock_patiently(file: IO[str]) -> bool:
    end = time.monotonic() + PATIENCE
    try:
        while not try_lock(file.fileno()):
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
    except OSError as error:  # ENOLCK, ENOSYS: NFS without a lock manager, Lustre without `flock`
        file.close()
        raise DisentError(
            f"{file.name} cannot be locked ({error.strerror}); "
            "choose a file system with locks (flock) for --saveroot and --dataroot"
        ) from error
    return True


def _holder(file: IO[str]) -> str:
    """The process that a lock file names."""
    try:
        file.seek(0)
        return file.read().strip() or "another process"
    except ValueError:
        return "another process"

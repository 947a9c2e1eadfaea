"""One writer at a time of a run: a lock file in its folder names the process."""

from __future__ import annotations

from pathlib import Path

from .. import file_lock
from ..file_lock import FileLock

LOCK = "lock"


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


def evaluation_lock(folder: Path, file: str, what: str, option: str) -> FileLock:
    """The lock on what an evaluation writes, its scores (`file`) and its pictures: a hidden file in `folder`.

    Args:
        what: the files that are written, for the message.
        option: the setting that chooses another name for them.
    """
    return FileLock(folder / f".{file}.{LOCK}", what, f"wait for it, or choose another name with --{option}")


def is_locked(folder: Path) -> bool:
    """Whether some process holds the run's lock now."""
    return file_lock.is_locked(Path(folder) / LOCK)

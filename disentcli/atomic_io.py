"""Files that are either whole or absent: written beside their place, synced, then renamed."""

from __future__ import annotations

import errno
import glob
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .errors import CallError, DisentError
from .file_lock import is_at, try_lock

PARTIAL = ".partial-"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def write_atomic(path: str | Path, data: bytes | bytearray | memoryview | str) -> None:
    """Put `data` at `path`; a reader sees the old file or the new one, never a part."""
    with atomic_file(path, "w" if isinstance(data, str) else "wb") as file:
        file.write(data)


def read_json(path: str | Path) -> Any:
    """What a JSON file holds, which may be anybody's; OSError, or ValueError where it is none or too deep."""
    return parse_json(Path(path).read_text(encoding="utf-8"))


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text; ValueError where it is none, or its lists are too deep inside each other."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its lists and mappings are too deep inside each other") from None


@contextmanager
def atomic_file(path: str | Path, mode: str = "wb") -> Iterator[IO[Any]]:
    """A new file that takes its place at `path` when the block ends without an error.

    It is locked while it is written; what killed writers of the same file left is removed.

    Raises:
        DisentError: the folder cannot be written or the disk is full; nothing is left behind.
    """
    path = Path(path)
    remove_abandoned(path.parent, path.name)
    temporary = path.with_name(f".{path.name}{PARTIAL}{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with _new_locked_file(temporary, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError) and _is_about(error, temporary):
            raise DisentError(
                f"cannot write {path}: {error.strerror or error}; "
                "make room there, or choose another place that may be written"
            ) from error
        raise


def _new_locked_file(path: Path, mode: str) -> IO[Any]:
    """An open file that no `remove_abandoned` of another process takes for one without a writer."""
    while True:
        file = open(path, mode.replace("w", "x"), encoding=None if "b" in mode else "utf-8")  # noqa: SIM115
        try:
            if try_lock(file.fileno()) and is_at(file.fileno(), path):
                return file
        except OSError:  # a file system without locks: nothing is removed there
            return file
        file.close()
        with suppress(FileNotFoundError):
            path.unlink()


def remove_abandoned(folder: Path, name: str | None = None) -> None:
    """Remove the unfinished files in this folder, or of one name in it, whose writers were killed."""
    pattern = f".{'*' if name is None else glob.escape(name)}{PARTIAL}*"
    for path in filter(Path.is_file, folder.glob(pattern)):
        with suppress(OSError), open(path, "rb") as file:  # gone, or on a file system without locks
            if try_lock(file.fileno()):
                path.unlink()


def output_path(out: str, suffixes: Sequence[str], expected: str, *, overwrite: bool) -> Path:
    """The file that --out names, relative to the caller's folder.

    Args:
        suffixes: those that the file's name may have.
        expected: what to say of a file of another kind, as in "a report is written as .html".
        overwrite: whether it may be there already.

    Raises:
        CallError: the file is of another kind, or there already, or its folder is missing.
    """
    path = Path(out).expanduser()
    if path.suffix not in suffixes:
        raise CallError(f"--out {out}: {expected}")
    if path.exists() and not overwrite:
        raise CallError(f"{path} exists; choose another name with --out, or replace it with --overwrite")
    if not path.parent.is_dir():
        raise CallError(f"there is no folder {path.parent} to write {path.name} into; make it first")
    return path


def _is_about(error: OSError, temporary: Path) -> bool:
    """Whether the file itself could not be made or filled; a lost connection is someone else's error."""
    return error.filename == str(temporary) or error.errno in NO_ROOM


def sync_folder(folder: str | Path) -> None:
    """Make a rename in this folder outlast a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_partial(path: str | Path) -> bool:
    """Whether this name is one of an unfinished file, left by a process that was killed."""
    name = Path(path).name
    return name.startswith(".") and PARTIAL in name

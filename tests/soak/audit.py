"""What a call does to the rest of the machine, from Python's audit events."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..conftest import PROJECT

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CODE = (sys.prefix, sys.base_prefix, str(PROJECT), "<")  # where executed code comes from
PROCESSES = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request")
OWN = ("git", "describe")  # asked of our own checkout which version it is
CHANGES = (
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.truncate",
)


def watch(report: Path, writable: Sequence[Path], unreadable: Path, temporary: Path) -> Callable[[], None]:
    """What the process of a call is to do first; what it does against the rules then stands in `report`.

    Args:
        report: gets a line for each.
        writable: folders in which files are made and changed.
        unreadable: a folder in which none is even read.
        temporary: the folder of temporary files, writable too.
    """

    def begin() -> None:
        temporary.mkdir(exist_ok=True)
        tempfile.tempdir = str(temporary)
        lines = os.open(report, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        roots = [os.path.realpath(one) for one in (*writable, temporary)]
        forbidden = os.path.realpath(unreadable)

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if wrong := _complaint(event, arguments, roots, forbidden):
                os.write(lines, f"{event}: {wrong}\n".encode(errors="backslashreplace"))

        sys.addaudithook(hook)

    return begin


def _complaint(event: str, arguments: tuple[Any, ...], writable: Sequence[str], unreadable: str) -> str:
    if event in PROCESSES or event in NETWORK:
        asked = arguments[1] if event == "subprocess.Popen" else ()
        return "" if tuple(asked[:2]) == OWN else repr(arguments)
    if event == "exec":
        file = getattr(arguments[0], "co_filename", "<")
        return "" if file.startswith(CODE) else file
    if event == "open":
        path, _, flags = arguments
        if flags and flags & os.O_NOFOLLOW and os.path.islink(path):
            return ""  # which the system refuses
        return _of_path(path, bool(flags and flags & WRITES), writable, unreadable)
    if event in CHANGES:
        paths = [one for one in arguments[:2] if isinstance(one, (str, bytes, os.PathLike))]
        return next(filter(None, (_of_path(one, True, writable, unreadable) for one in paths)), "")
    return ""


def _of_path(path: object, changes: bool, writable: Sequence[str], unreadable: str) -> str:
    if not isinstance(path, (str, bytes, os.PathLike)):
        return ""  # a descriptor
    place = os.path.realpath(os.fsdecode(path))
    if _below(place, unreadable):
        return f"{'changes' if changes else 'reads'} {place}"
    if changes and not place.startswith("/dev/") and not any(_below(place, root) for root in writable):
        return f"changes {place}"
    return ""


def _below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder + os.sep)

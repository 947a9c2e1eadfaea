"""Is this the file that was published? Its size and MD5; and where a file goes that is not."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ...errors import DisentError
from .progress import byte_bar
from .source import RemoteFile

BLOCK = 1 << 22


class WrongFile(DisentError):
    """The file is damaged, or is another one than was expected; the message says how that shows.

    `path` is the file, where there are several to choose from.
    """

    def __init__(self, message: str, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


def check_size(path: Path, file: RemoteFile) -> None:
    """WrongFile unless the file is as long as the published one, where that length is known."""
    size = path.stat().st_size
    if file.size is not None and size != file.size:
        raise WrongFile(f"it has {size:,} bytes, the published file has {file.size:,}")


def check_md5(path: Path, file: RemoteFile, *, quiet: bool = False) -> str:
    """The file's MD5 in hexadecimal; WrongFile if another one is published for every release of it."""
    digest = hashlib.md5(usedforsecurity=False)
    with (
        open(path, "rb") as stream,
        byte_bar(f"checking {path.name}", path.stat().st_size, quiet=quiet) as bar,
    ):
        while block := stream.read(BLOCK):
            digest.update(block)
            bar.update(len(block))
    found = digest.hexdigest()
    if file.md5 and file.is_certain and found not in (file.md5.lower(), *file.other_md5s):
        raise WrongFile(f"its MD5 is {found}, the published one is {file.md5}")
    return found


def tree_md5(folder: Path) -> str:
    """What tells an unpacked archive from another: the MD5 of the names and sizes of its files."""
    digest = hashlib.md5(usedforsecurity=False)
    for place, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(place) / name
            digest.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}\n".encode())
    return f"{digest.hexdigest()} (of the names and sizes of its files, unpacked)"


def sniff(path: Path) -> str:
    """How the file begins, for a message about a file of a wrong kind."""
    with open(path, "rb") as stream:
        first = stream.read(512).lstrip()
    if first[:14].lower().startswith((b"<!doctype html", b"<html")):
        return "it is a web page, perhaps one that a browser saved instead of the file"
    return f"it begins with {first[:8]!r}" if first else "it is empty"


def quarantine(path: Path) -> Path:
    """Rename a wrong file to `….corrupt`, where nothing will take it for the right one."""
    aside = path.with_name(f"{path.name}.corrupt")
    os.replace(path, aside)
    return aside

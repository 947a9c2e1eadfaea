"""A zip archive, or the folder it was unpacked to: its files by their bare names, wherever they lie."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import TracebackType

from ..download.verify import WrongFile, sniff

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)  # of zipfile
BROKEN = (*DAMAGED, OSError)


class Archive:
    """`members` has the place of each file in the archive or folder at `path`, by the file's bare name.

    WrongFile: the archive is not whole. Hidden files are passed over.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip = None if path.is_dir() else _opened(path)
        self.members: dict[str, str] = {}
        self._again: dict[str, str] = {}  # a second place of a name
        for member in self._listed():
            name = PurePosixPath(member).name
            if not name.startswith("."):
                (self._again if name in self.members else self.members)[name] = member

    def _listed(self) -> Iterator[str]:
        if self._zip is None:
            for folder, _, names in os.walk(self.path):
                yield from (f"{folder}/{name}" for name in names)
        else:
            listed = self._zip.namelist()
            yield from (name for name in listed if name[-1] != "/" and not name.startswith("__MACOSX/"))

    def read(self, name: str) -> bytes:
        """The content of the one file of this name; WrongFile if it is missing, or not as it was packed."""
        if name not in self.members:
            raise WrongFile(f"it has no file {name}")
        if name in self._again:
            raise WrongFile(f"it has two files {name}: {self.members[name]} and {self._again[name]}")
        try:
            if self._zip is None:
                return Path(self.members[name]).read_bytes()
            return self._zip.read(self.members[name])
        except BROKEN as error:
            raise WrongFile(f"{name} in it is damaged ({error})") from error

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if self._zip is not None:
            self._zip.close()


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except BROKEN as error:
        with open(path, "rb") as stream:
            cut = stream.read(4) == b"PK\x03\x04"
        reason = "its end is missing" if cut else sniff(path)
        raise WrongFile(f"it is not a whole zip file ({reason})") from error

"""Where MIDI files come from: a folder with all folders in it, or a tar archive, a chunk at a time."""

from __future__ import annotations

import hashlib
import os
import tarfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import CallError, DisentError
from ...suggestions import no_file
from .midi_file import MAX_BYTES, LeftOut

ENDINGS = (".mid", ".midi", ".kar", ".rmi")
CHUNK = 64  # files that are read together
BROKEN = (tarfile.TarError, zlib.error, EOFError, OSError)


@dataclass(frozen=True)
class SongFile:
    """One file: its name below the folder, and its content, or the path to read it from."""

    name: str
    content: bytes | Path

    def read(self) -> bytes:
        """The content; LeftOut where it cannot be read, or is huge."""
        if isinstance(self.content, bytes):
            return self.content
        try:
            if not self.content.is_file():
                raise LeftOut("no ordinary file")
            if self.content.stat().st_size > MAX_BYTES:
                return b"M" * (MAX_BYTES + 1)
            return self.content.read_bytes()
        except OSError as error:
            raise LeftOut("may not be read") from error


@dataclass(frozen=True)
class SongFiles:
    """Files in a fixed order: their fingerprint, chunks of them from one on, and how many there are.

    others: files of other endings, which are not looked at. names: of all, where they are known.
    group: songs whose names give the same one are one song, in different arrangements.
    """

    fingerprint: str
    chunks: Callable[[int], Iterator[list[SongFile]]]
    count: int | None
    others: int = 0
    names: tuple[str, ...] = ()
    group: Callable[[str], str] = lambda name: name


def folder_files(folder: Path) -> SongFiles:
    """The MIDI files of a folder and of all folders in it, links to folders excepted, by name.

    Raises:
        CallError: there is no such folder, or no file that is called .mid, .midi, .kar or .rmi in it.
    """
    if not folder.is_dir():
        raise CallError(no_file(folder, "folder"))
    names, others = _names(folder)
    if not names:
        raise CallError(f"{folder} holds no MIDI file ({', '.join(ENDINGS)}), and {others:,} other files")

    def chunks(first: int) -> Iterator[list[SongFile]]:
        for start in range(first * CHUNK, len(names), CHUNK):
            yield [SongFile(name, folder / name) for name in names[start : start + CHUNK]]

    return SongFiles(_folder_fingerprint(folder, names), chunks, len(names), others, tuple(names))


def _names(folder: Path) -> tuple[list[str], int]:
    """The MIDI files, relative and sorted, and how many others there are; hidden ones are left out."""
    names, others = [], 0
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for file in files:
            if Path(file).suffix.lower() in ENDINGS and not file.startswith("."):
                names.append((Path(parent) / file).relative_to(folder).as_posix())
            else:
                others += 1
    return sorted(names), others


def _folder_fingerprint(folder: Path, names: list[str]) -> str:
    """Of names, sizes and times of change."""
    found = hashlib.sha256()
    for name in names:
        try:
            status = os.lstat(folder / name)
            found.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\n".encode(errors="surrogateescape"))
        except OSError:
            found.update(f"{name}\0gone\n".encode(errors="surrogateescape"))
    return found.hexdigest()[:16]


def archive_files(archive: Path, group: Callable[[str], str]) -> SongFiles:
    """The MIDI files of a tar archive, packed or not, in its order; nothing is unpacked to the disk.

    DisentError where it is damaged, when the chunks are read.
    """
    status = archive.stat()

    def chunks(first: int) -> Iterator[list[SongFile]]:
        found: list[SongFile] = []
        for member, content in archive_members(archive, ENDINGS, skip=first * CHUNK):
            found.append(SongFile(member, content))
            if len(found) == CHUNK:
                yield found
                found = []
        if found:
            yield found

    fingerprint = hashlib.sha256(f"{archive.name} {status.st_size}".encode()).hexdigest()[:16]
    return SongFiles(fingerprint, chunks, None, group=group)


def archive_members(archive: Path, endings: tuple[str, ...], *, skip: int = 0) -> Iterator[tuple[str, bytes]]:
    """Names and contents of ordinary files in a tar archive with these endings, but for the first ones.

    A member that is larger than a song may be comes cut, one byte too large.
    """
    try:
        with tarfile.open(archive, "r|*") as opened:
            for member in opened:
                if not member.isfile() or not member.name.lower().endswith(endings):
                    continue
                skip -= 1
                stream = opened.extractfile(member) if skip < 0 else None
                if stream is not None:
                    yield member.name, stream.read(MAX_BYTES + 1)
    except BROKEN as error:
        raise DisentError(f"{archive} is damaged ({error}); fetch it again") from error

"""A download under way: `<name>.part`, and beside it a small JSON file that says whose bytes these are."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from ...atomic_io import PARTIAL, write_atomic


@dataclass(frozen=True)
class Origin:
    """What a host said about the file that it sends: enough to tell that it has not changed since."""

    url: str
    total: int | None  # bytes
    etag: str | None
    modified: str | None

    def is_still(self, later: Origin) -> bool:
        """Whether a later answer of the same address is about the same bytes, by what the host says."""
        return self.etag == later.etag if self.etag else self.modified == later.modified


class Part:
    """The bytes received so far of the file that will be `target`, never bytes of two different files.

    The order of the writes makes a kill harmless at any moment: the file is emptied, then its origin is
    written, then come the bytes.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.note = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes received so far; 0 when their origin is not known."""
        return self.path.stat().st_size if self.path.exists() and self.origin else 0

    @property
    def origin(self) -> Origin | None:
        """Where the bytes came from, or None when there are none or their note is unreadable."""
        try:
            return Origin(**json.loads(self.note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def whole(self) -> bool:
        """Whether every byte has come, as far as the host said how many there are."""
        origin = self.origin
        return origin is not None and origin.total is not None and self.size == origin.total

    def restart(self, origin: Origin) -> None:
        """Forget the bytes; those to come are of `origin`."""
        self.discard()
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        write_atomic(self.note, json.dumps(asdict(origin)))

    def appending(self) -> BinaryIO:
        """The file, open at its end; every write is complete or raises."""
        return open(self.path, "ab")

    def finish(self) -> Path:
        """Give the complete file its name."""
        with open(self.path, "rb") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self.target)
        self._drop_note()
        return self.target

    def discard(self) -> None:
        """Remove what was received."""
        self.path.unlink(missing_ok=True)
        self._drop_note()

    def _drop_note(self) -> None:
        """Remove the note, and what a kill left of one that was being written."""
        self.note.unlink(missing_ok=True)
        for unfinished in self.note.parent.glob(f".{self.note.name}{PARTIAL}*"):
            unfinished.unlink()

"""A download under way: `<name>.part`, and a JSON sidecar that says which file its bytes are of."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from ...atomic_io import PARTIAL, read_json, write_atomic


@dataclass(frozen=True)
class RemoteVersion:
    """What a host said about the file that it sends: enough to detect a later change."""

    url: str
    total: int | None  # bytes
    etag: str | None
    modified: str | None

    def unchanged(self, later: RemoteVersion) -> bool:
        """Whether a later answer of this address is surely of the same bytes, as the host says."""
        if self.etag:
            return self.etag == later.etag
        return self.modified is not None and self.modified == later.modified


class PartialFile:
    """The bytes received so far of the file that will be `target`, never bytes of two different files.

    The order of the writes makes a kill harmless at any moment: the file is emptied, then its version is
    written, then come the bytes.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.part")
        self.sidecar = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes received so far; 0 when it is not known of which file."""
        return self.path.stat().st_size if self.path.exists() and self.version else 0

    @property
    def version(self) -> RemoteVersion | None:
        """Which file the bytes are of, or None when there are none or the sidecar is unreadable."""
        try:
            return RemoteVersion(**read_json(self.sidecar))
        except (OSError, ValueError, TypeError):
            return None

    @property
    def complete(self) -> bool:
        """Whether every byte has come, as far as the host said how many there are."""
        version = self.version
        return version is not None and version.total is not None and self.size == version.total

    def restart(self, version: RemoteVersion) -> None:
        """Forget the bytes; those to come are of this version."""
        self.discard()
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()
        write_atomic(self.sidecar, json.dumps(asdict(version)))

    def appending(self) -> BinaryIO:
        """The file, open at its end; every write is complete or raises."""
        return open(self.path, "ab")

    def finish(self) -> Path:
        """Give the complete file its name."""
        with open(self.path, "rb") as file:
            os.fsync(file.fileno())
        os.replace(self.path, self.target)
        self._drop_sidecar()
        return self.target

    def discard(self) -> None:
        """Remove what was received."""
        self.path.unlink(missing_ok=True)
        self._drop_sidecar()

    def _drop_sidecar(self) -> None:
        """Remove the sidecar, and what a kill left of one that was being written."""
        self.sidecar.unlink(missing_ok=True)
        for unfinished in self.sidecar.parent.glob(f".{self.sidecar.name}{PARTIAL}*"):
            unfinished.unlink()

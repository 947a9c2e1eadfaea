"""What was found in the files of runs, kept beside the runs: a file that is unchanged need not be read again.

`.index/<kind>.tsv` in the folder of runs has a line for each run: a checksum, the run's name, the stamps of
the files that were looked at, and what they hold as JSON. It only saves time. A line counts as long as each
of its files has the same time, size and inode; what is damaged, missing or outdated is read from the runs.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..atomic_io import write_atomic
from ..errors import DisentError

FOLDER = ".index"
HEADER = "disentcli index 1"
SETTLED = 2_000_000_000  # nanoseconds since the last change, after which a change shows in the time
WORTH = (200, 0.02)  # new lines for which the file is written: so many, and this share of the old ones

Stamp = list[int] | None
"""Time of the last change, size and inode of a file or folder; None where there is none."""


@dataclass(frozen=True)
class Found:
    """What was found in the files of one run, and their stamps, each taken before it was read."""

    stamps: Mapping[str, Stamp]
    value: Any


@dataclass(frozen=True)
class _Line:
    stamps: str
    value: str


def stamp_of(path: str | Path) -> Stamp:
    """The stamp of this file or folder now."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return [found.st_mtime_ns, found.st_size, found.st_ino]


def read_indexed(
    root: Path, kind: str, names: Iterable[str], read: Callable[[Path], Found | None]
) -> dict[str, str]:
    """What is found in the files of these runs, by name, as JSON.

    Args:
        root: the folder of runs.
        kind: of what is found; the name of the file that keeps it.
        read: reads the files of the run in a folder; None where they are damaged or there is no run.
    """
    path, now = root / FOLDER / f"{kind}.tsv", time.time_ns()
    stored, new, found = _load(path), dict[str, _Line](), dict[str, str]()
    for name in names:
        line = stored.get(name)
        if line is None or not _is_current(root / name, line):
            one = read(root / name)
            if one is None:
                continue
            line = _Line(_as_json(one.stamps), _as_json(one.value))
            if _is_settled(one, now) and not set("\t\r\n") & set(name):
                new[name] = line
        found[name] = line.value
    if len(new) >= max(WORTH[0], WORTH[1] * len(stored)):
        with suppress(OSError, DisentError):  # a folder that cannot be written is read anew each time
            _save(path, {**stored, **new})
    return found


@dataclass
class RunBatch:
    """Runs of one folder, whose files of a kind are read when one of them is first asked for."""

    root: Path
    names: Sequence[str]
    _texts: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    _last: tuple[str, str, Any] = ("", "", None)

    def stored(self, kind: str, name: str, read: Callable[[Path], Found | None]) -> Any:
        """What `read` finds in a run's folder; None where that is damaged."""
        if kind not in self._texts:
            self._texts[kind] = read_indexed(self.root, kind, self.names, read)
        if self._last[:2] != (kind, name):
            text = self._texts[kind].get(name)
            self._last = kind, name, None if text is None else json.loads(text)
        return self._last[2]


def _as_json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _is_current(folder: Path, line: _Line) -> bool:
    return all(stamp_of(f"{folder}/{path}") == stamp for path, stamp in json.loads(line.stamps).items())


def _is_settled(found: Found, now: int) -> bool:
    """Whether a later change of these files will show in their stamps."""
    return all(stamp is None or stamp[0] < now - SETTLED for stamp in found.stamps.values())


def _load(path: Path) -> dict[str, _Line]:
    """The lines that are whole, by the run's name."""
    try:
        header, *lines = path.read_bytes().split(b"\n")
    except OSError:
        return {}
    if header != HEADER.encode():
        return {}
    found = {}
    for line in lines:
        checksum, _, rest = line.partition(b"\t")
        if checksum == _checksum(rest):
            name, stamps, value = rest.decode().split("\t")
            found[name] = _Line(stamps, value)
    return found


def _save(path: Path, lines: Mapping[str, _Line]) -> None:
    """Replace the file; runs that are gone are left out."""
    path.parent.mkdir(exist_ok=True)
    root = path.parent.parent
    written = [HEADER.encode()]
    for name, line in lines.items():
        if (root / name).is_dir():
            rest = f"{name}\t{line.stamps}\t{line.value}".encode()
            written.append(_checksum(rest) + b"\t" + rest)
    write_atomic(path, b"\n".join([*written, b""]))


def _checksum(rest: bytes) -> bytes:
    return f"{zlib.crc32(rest):08x}".encode()

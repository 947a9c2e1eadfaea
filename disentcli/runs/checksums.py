"""CRC-32 of what a run stores, so that a changed byte is noticed before anything is computed from it.

What cannot be read of a file of records is kept beside it.
"""

from __future__ import annotations

import json
import logging
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..atomic_io import write_atomic

KEY = "crc32"
FIRST_LINE = re.compile(rb"# crc32 ([0-9a-f]{8})[^\n]*\n")  # of a YAML file

_log = logging.getLogger(__name__)


def crc32(data: bytes | memoryview) -> str:
    """Eight hexadecimal digits; every change of a single byte changes them."""
    return f"{zlib.crc32(data):08x}"


def with_checksum(content: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of a JSON file and, as the last one, the checksum of the others."""
    return {**content, KEY: crc32(_canonical(content))}


def verified(content: Any) -> dict[str, Any]:
    """The entries of a JSON file without their checksum; a file without one is as it was written before.

    Raises:
        ValueError: the checksum is of other entries, its own name is damaged, or these are no entries at all.
    """
    if not isinstance(content, dict):
        raise ValueError("no entries")
    for key in content:
        if len(key) == len(KEY) and sum(a != b for a, b in zip(key, KEY, strict=True)) == 1:
            raise ValueError(f"its entry {key!r} was {KEY!r}")
    entries = {key: value for key, value in content.items() if key != KEY}
    if KEY in content and content[KEY] != crc32(_sorted(entries)):
        raise ValueError(f"its entries are not those that {KEY} is of")
    return entries


def with_first_line(text: str) -> str:
    """A YAML file under a comment that holds the checksum of all that follows."""
    return f"# crc32 {crc32(text.encode())} of what follows: take this line out if you change it\n{text}"


def verified_lines(content: bytes) -> str:
    """The text of a YAML file; one without a checksum is as somebody wrote it.

    Raises:
        ValueError: the checksum is of other lines, or these are no text.
    """
    first = FIRST_LINE.match(content)
    if first is not None and first[1].decode() != crc32(content[first.end() :]):
        raise ValueError("its lines do not match the checksum in its first line")
    return content.decode("utf-8")


def _canonical(entries: Mapping[str, Any]) -> bytes:
    """The same bytes before the file is written and after it is read."""
    return _sorted(json.loads(json.dumps(entries)))


def _sorted(entries: Mapping[str, Any]) -> bytes:
    """Entries that were read from JSON, whatever their order."""
    return json.dumps(entries, sort_keys=True).encode()


def keep_damaged(path: Path, name: str, damaged: bytes, what: str) -> None:
    """Write what cannot be read of the file at `path` beside it, as <name>.damaged-<number>, and warn."""
    number = 1
    while (copy := path.with_name(f"{name}.damaged-{number}")).exists():
        number += 1
    write_atomic(copy, damaged)
    _log.warning("%s is damaged: %s cannot be read and are kept in %s", path, what, copy.name)

"""Cutting tensorboard's event files back to a step.

An event file is a row of records: length (uint64) and its checksum (uint32), data and its checksum (uint32).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from ..atomic import write_atomic

HEADER = struct.Struct("<QI")
FOOTER = 4


def cut_events(folder: Path, step: int) -> None:
    """Remove events after this step and a last record cut short by a kill; a file left empty goes away."""
    for path in sorted(folder.glob("events.out.tfevents.*")):
        content = path.read_bytes()
        kept = [(record, is_value) for record, at, is_value in _records(content) if at <= step]
        if not any(is_value for _, is_value in kept):
            path.unlink()
        elif sum(len(record) for record, _ in kept) < len(content):
            write_atomic(path, b"".join(record for record, _ in kept))


def _records(content: bytes) -> Iterator[tuple[bytes, int, bool]]:
    """Each whole record, its step, and whether it holds values (the first holds the format's version)."""
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto.event_pb2 import Event

    start = 0
    while start + HEADER.size <= len(content):
        length, _ = HEADER.unpack_from(content, start)
        end = start + HEADER.size + length + FOOTER
        if end > len(content):
            return
        try:
            event = Event.FromString(content[start + HEADER.size : end - FOOTER])
        except DecodeError:
            return
        yield content[start:end], event.step, event.HasField("summary")
        start = end

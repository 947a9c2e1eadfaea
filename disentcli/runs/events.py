"""Truncating tensorboard's event files to a step.

An event file is a row of records: length (uint64) and its checksum (uint32), data and its checksum (uint32).
`SummaryWriter(purge_step=…)` does not serve: it leaves what came later in the files, where only Tensorboard
hides it, and Tensorboard reads no further than the first damaged record.
"""

from __future__ import annotations

import struct
from pathlib import Path

import google_crc32c

from ..atomic_io import write_atomic
from .checksums import keep_damaged

LENGTH, CHECKSUM = struct.Struct("<Q"), struct.Struct("<I")
MASK = 0xA282EAD8  # added to a rotated CRC-32C, as in TFRecord files
HEADER = LENGTH.size + CHECKSUM.size
NAME = "events"  # of the file of what is damaged: not one that Tensorboard would read


def truncate_events(folder: Path, step: int) -> None:
    """Remove events after this step and a last record cut short by a kill; a file left empty goes away.

    Damaged records go into a file beside it, with a warning.
    """
    for path in sorted(folder.glob("events.out.tfevents.*")):
        content = path.read_bytes()
        kept, damaged = _sort_out(content, step)
        if damaged:
            keep_damaged(path, NAME, damaged, f"{len(damaged):,} of its bytes")
        if not any(is_value for _, is_value in kept):
            path.unlink()
        elif sum(len(record) for record, _ in kept) < len(content):
            write_atomic(path, b"".join(record for record, _ in kept))


def _sort_out(content: bytes, step: int) -> tuple[list[tuple[bytes, bool]], bytes]:
    """Records up to this step, each with whether it holds values, and all that is damaged.

    The first record holds the version of the format, no values.
    """
    from google.protobuf.message import DecodeError
    from tensorboard.compat.proto.event_pb2 import Event

    kept, damaged, start = [], b"", 0
    while start < len(content):
        end = _end(content, start)
        if end is None:
            behind = _next_start(content, start + 1)
            damaged += b"" if _is_cut_short(content, start) else content[start:behind]
            start = behind
            continue
        try:
            event = Event.FromString(_data(content, start, end))
        except DecodeError:
            damaged += content[start:end]
        else:
            if event.step <= step:
                kept.append((content[start:end], event.HasField("summary")))
        start = end
    return kept, damaged


def _end(content: bytes, start: int) -> int | None:
    """Where the record that begins here ends; None where none does, or it is damaged."""
    if not _begins(content, start):
        return None
    (length,) = LENGTH.unpack_from(content, start)
    end = start + HEADER + length + CHECKSUM.size
    if end > len(content):
        return None
    (stored,) = CHECKSUM.unpack_from(content, end - CHECKSUM.size)
    return end if stored == masked_crc32c(_data(content, start, end)) else None


def _begins(content: bytes, start: int) -> bool:
    """Whether there is a length with its checksum here."""
    if start + HEADER > len(content):
        return False
    length = content[start : start + LENGTH.size]
    (stored,) = CHECKSUM.unpack_from(content, start + LENGTH.size)
    return stored == masked_crc32c(length)


def _is_cut_short(content: bytes, start: int) -> bool:
    """Whether the file ends before the record that begins here."""
    if start + HEADER > len(content):
        return True
    end = start + HEADER + LENGTH.unpack_from(content, start)[0] + CHECKSUM.size
    return _begins(content, start) and end > len(content)


def _next_start(content: bytes, start: int) -> int:
    """Where the next record begins; the end of the file where none does."""
    while start < len(content) and not (content[start + 7 : start + 8] == b"\0" and _begins(content, start)):
        start += 1  # a length has zeros in its upper bytes: the quick test comes first
    return min(start, len(content))


def _data(content: bytes, start: int, end: int) -> bytes:
    return content[start + HEADER : end - CHECKSUM.size]


def masked_crc32c(data: bytes) -> int:
    """The checksum of a record's data, or of its length."""
    value = google_crc32c.value(data)
    return ((value >> 15 | value << 17) + MASK) & 0xFFFFFFFF

"""MIDI files: read with symusic, whatever they hold, and written here."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import CallError, DisentError
from .symbols import Notes
from .tracks import Instrument

MAX_BYTES = 4_000_000  # of a file; songs have some 50 kB
MAX_BARS = 2_000  # of a song, an hour: beyond, times are damaged
MAX_NOTES = 200_000
BEATS = 4  # of a bar
RESOLUTION = 480  # ticks a beat of the files written
MICROSECONDS = 500_000  # of a beat: 120 beats a minute
DRUM_CHANNEL = 9
VELOCITY = 90


class LeftOut(DisentError):
    """A file or song that cannot be used; the message is the reason, the same for all files of its kind."""


def require_symusic() -> Any:
    """The module symusic; CallError says how to install it where it is missing."""
    try:
        import symusic
    except ImportError as error:
        raise CallError("MIDI files need symusic: pip install 'disentcli[midi]'") from error
    return symusic


def read_midi(content: bytes, resolution: int = 4) -> list[Instrument]:
    """The instruments of a song in 4/4 whose file has this content, their notes in ticks of a beat.

    Starts and ends are rounded to the nearest tick; a note lasts one at least.

    Raises:
        LeftOut: the file is empty, huge, no MIDI, damaged, has no notes, another metre, or endless bars.
    """
    if not content:
        raise LeftOut("empty file")
    if len(content) > MAX_BYTES:
        raise LeftOut(f"larger than {MAX_BYTES // 10**6} MB")
    if not content.startswith(b"MThd"):
        raise LeftOut("no MIDI file")
    score = _parse(content)
    _check_metre(score)
    if score.note_num() > MAX_NOTES:
        raise LeftOut(f"more than {MAX_NOTES:,} notes")
    song = [_instrument(track, score.ticks_per_quarter, resolution) for track in score.tracks]
    song = [one for one in song if len(one.notes.starts)]
    if not song:
        raise LeftOut("no notes")
    if max(one.notes.ticks for one in song) > MAX_BARS * BEATS * resolution:
        raise LeftOut(f"longer than {MAX_BARS:,} bars")
    return song


def _parse(content: bytes) -> Any:
    symusic = require_symusic()
    try:
        score = symusic.Score.from_midi(content)
    except Exception as error:  # the parser raises errors of several kinds
        raise LeftOut("damaged MIDI file") from error
    if score.ticks_per_quarter <= 0:
        raise LeftOut("damaged MIDI file")
    return score


def _check_metre(score: Any) -> None:
    """A song without a time signature is in 4/4, by the rule of the format."""
    if any((one.numerator, one.denominator) != (4, 4) for one in score.time_signatures):
        raise LeftOut("not in 4/4 throughout")


def _instrument(track: Any, ticks_per_quarter: int, resolution: int) -> Instrument:
    found = track.notes.numpy()
    starts, lengths = found["time"].astype(np.int64), found["duration"].astype(np.int64)
    pitches = found["pitch"].astype(np.int64)
    right = (starts >= 0) & (lengths >= 0) & (pitches >= 0)
    first = _round(starts * resolution, ticks_per_quarter)
    last = np.maximum(_round((starts + lengths) * resolution, ticks_per_quarter), first + 1)
    return Instrument(
        int(track.program), bool(track.is_drum), Notes(first[right], last[right], pitches[right])
    )


def _round(numerators: np.ndarray, denominator: int) -> np.ndarray:
    """n / d to the nearest whole number, a half upwards."""
    return (2 * numerators + denominator) // (2 * denominator)


def write_midi(song: Sequence[Instrument], resolution: int = 4) -> bytes:
    """A MIDI file (format 1, 4/4, 120 beats a minute) of instruments with notes in ticks of a beat."""
    tempo = struct.pack(">I", MICROSECONDS)[1:]
    head = b"\x00\xff\x58\x04\x04\x02\x18\x08" + b"\x00\xff\x51\x03" + tempo
    channels = (channel for channel in 8 * tuple(c for c in range(16) if c != DRUM_CHANNEL))
    tracks = [head]
    for one in song:
        channel = DRUM_CHANNEL if one.drums else next(channels)
        tracks.append(_events(one, channel, RESOLUTION // resolution))
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), RESOLUTION)
    return header + b"".join(_chunk(track) for track in tracks)


def _chunk(events: bytes) -> bytes:
    whole = events + b"\x00\xff\x2f\x00"
    return struct.pack(">4sI", b"MTrk", len(whole)) + whole


def _events(instrument: Instrument, channel: int, scale: int) -> bytes:
    """A program change, then the beginnings and ends of notes, ends first where they meet."""
    starts, ends, pitches = instrument.notes
    timed = [(int(end), 0, int(pitch)) for end, pitch in zip(ends, pitches, strict=True)]
    timed += [(int(start), 1, int(pitch)) for start, pitch in zip(starts, pitches, strict=True)]
    written = bytearray(b"\x00" + bytes([0xC0 | channel, instrument.program]))
    now = 0
    for tick, begins, pitch in sorted(timed):
        written += _variable_length((tick - now) * scale)
        written += bytes([(0x90 if begins else 0x80) | channel, pitch, VELOCITY if begins else 0])
        now = tick
    return bytes(written)


def _variable_length(number: int) -> bytes:
    """A number in groups of seven bits, the highest first, all but the last marked."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))

"""MIDI files: what is written here is read by symusic as it was; what cannot be used says why."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from disentcli.data.pianoroll.midi_file import LeftOut, read_midi, write_midi
from disentcli.data.pianoroll.rendered_songs import render_song
from disentcli.data.pianoroll.symbols import Notes
from disentcli.data.pianoroll.tracks import Instrument

symusic = pytest.importorskip("symusic")


def song(metre: tuple[int, int] | None = None) -> bytes:
    """A file of one note, with a time signature in place of 4/4 if one is given."""
    note = Notes(np.array([0]), np.array([4]), np.array([60]))
    written = write_midi([Instrument(3, False, note)])
    if metre is None:
        return written
    exponent = metre[1].bit_length() - 1
    return written.replace(b"\xff\x58\x04\x04\x02", bytes([0xFF, 0x58, 0x04, metre[0], exponent]))


def test_a_song_comes_back_as_it_was_written() -> None:
    given = render_song("rock", minor=True, rng=np.random.default_rng(0))
    found = read_midi(write_midi(given))
    assert [(one.program, one.drums) for one in found] == [(one.program, one.drums) for one in given]
    for one, other in zip(given, found, strict=True):
        order = np.lexsort((other.notes.pitches, other.notes.starts))
        assert all(np.array_equal(a, b[order]) for a, b in zip(one.notes, other.notes, strict=True))


def test_symusic_reads_the_tempo_and_the_metre() -> None:
    score = symusic.Score.from_midi(song())
    assert [one.qpm for one in score.tempos] == [120.0]
    assert [(one.numerator, one.denominator) for one in score.time_signatures] == [(4, 4)]


def test_times_are_rounded_to_the_nearest_tick_and_notes_last_one() -> None:
    score = symusic.Score(100)
    track = symusic.Track("t", 0, False)
    for time, duration in ((12, 1), (13, 25), (37, 100)):
        track.notes.append(symusic.Note(time, duration, 60 + time % 7, 90))
    score.tracks.append(track)
    found = read_midi(score.dumps_midi())[0].notes
    assert sorted(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == [(0, 1), (1, 2), (1, 5)]


LONG = write_midi(
    [Instrument(0, False, Notes(np.array([0, 40_000]), np.array([1, 40_001]), np.array([1, 2])))]
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"M" * 4_000_001, "larger than 4 MB"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "no MIDI file"),
        (song()[:40], "damaged MIDI file"),
        (b"MThd" + bytes(50), "damaged MIDI file"),
        (b"MThd" + struct.pack(">IHHH", 6, 1, 0, 480), "no notes"),
        (song((3, 4)), "not in 4/4 throughout"),
        (song((2, 2)), "not in 4/4 throughout"),
        (LONG, "longer than 2,000 bars"),
    ],
)
def test_what_cannot_be_used_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(LeftOut, match=reason.replace("(", r"\(")):
        read_midi(content)


def test_random_bytes_are_left_out_or_read(tmp_path: Path) -> None:
    rng, whole = np.random.default_rng(0), bytearray(song())
    for _ in range(300):
        spoilt = bytearray(whole)
        for place in rng.integers(14, len(whole), 3):
            spoilt[place] = rng.integers(256)
        try:
            found = read_midi(bytes(spoilt))
        except LeftOut:
            continue
        assert all(one.notes.pitches.min() >= 0 and one.notes.pitches.max() <= 127 for one in found)

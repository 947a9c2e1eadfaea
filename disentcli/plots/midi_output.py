"""Pianorolls as MIDI files that any player plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic_io import atomic_file
from ..data.pianoroll.midi_file import BEATS, write_midi
from ..data.pianoroll.symbols import Notes, symbols_to_notes
from ..data.pianoroll.tracks import DRUMS, Instrument, TrackPlan


@dataclass(frozen=True)
class SongFormat:
    """What the tracks of a pianoroll are, and how many ticks a beat has."""

    plan: TrackPlan
    resolution: int

    @classmethod
    def of(cls, dataset: Any) -> SongFormat | None:
        """That of a dataset of pianorolls; None of other data."""
        plan = getattr(dataset, "tracks", None)
        return cls(plan, dataset.options.resolution) if isinstance(plan, TrackPlan) else None

    @property
    def bar_ticks(self) -> int:
        """Ticks of a bar."""
        return BEATS * self.resolution


def song_of(symbols: np.ndarray, plan: TrackPlan, ticks: int = 0) -> list[Instrument]:
    """The instruments of symbols (K, T) in the tracks of `plan`, so many ticks later."""
    song = []
    for track, instruments, program in zip(
        np.rint(symbols).astype(np.int64), plan.instruments, plan.programs, strict=True
    ):
        starts, ends, pitches = symbols_to_notes(track)
        song.append(Instrument(program, instruments == DRUMS, Notes(starts + ticks, ends + ticks, pitches)))
    return song


def write_pianorolls(path: Path, rolls: Sequence[np.ndarray], songs: SongFormat, *, gap: int = 0) -> None:
    """Write pianorolls (K, T) one after another into one MIDI file, with so many silent ticks between."""
    plan = songs.plan
    after: list[list[Notes]] = [[] for _ in plan.instruments]
    now = 0
    for symbols in rolls:
        for notes, instrument in zip(after, song_of(symbols, plan, now), strict=True):
            notes.append(instrument.notes)
        now += symbols.shape[1] + gap
    song = [
        Instrument(program, instruments == DRUMS, Notes(*map(np.concatenate, zip(*notes, strict=True))))
        for notes, instruments, program in zip(after, plan.instruments, plan.programs, strict=True)
    ]
    with atomic_file(path) as file:
        file.write(write_midi(song, songs.resolution))

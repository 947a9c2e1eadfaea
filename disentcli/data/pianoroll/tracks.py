"""Which instruments a track of a pianoroll holds, and the tracks of a song."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product

import numpy as np

from ...errors import CallError
from .symbols import Holding, Notes, merge, notes_to_symbols

DRUMS, REST = "drums", "rest"
PUBLISHED = (DRUMS, "0-31", "32-39", REST)  # drums, guitar (and piano), bass, strings
PROGRAMS = {
    DRUMS: 0,
    REST: 48,
}  # of the General MIDI instrument that plays a track; else the first of its own


@dataclass(frozen=True)
class Instrument:
    """One instrument of a song: its General MIDI program (0–127), whether it is drums, its notes in ticks."""

    program: int
    drums: bool
    notes: Notes


@dataclass(frozen=True)
class TrackPlan:
    """The tracks of a pianoroll, each `drums`, programs (`0-31`, `33`), or all the `rest` merged."""

    instruments: tuple[str, ...] = PUBLISHED

    def __post_init__(self) -> None:
        if not self.instruments or len(set(self.instruments)) < len(self.instruments):
            raise CallError("dataset.tracks names the tracks, each once: [drums, 0-31, 32-39, rest]")
        for one in self.instruments:
            _programs(one)

    @property
    def names(self) -> tuple[str, ...]:
        """What the tracks are called: drums, guitar, bass, strings, or what they were given as."""
        usual = {"0-31": "guitar", "32-39": "bass", REST: "strings"}
        return tuple(usual.get(one, one) for one in self.instruments)

    @property
    def melodic(self) -> tuple[bool, ...]:
        """Which tracks have pitches that can be transposed: all but drums."""
        return tuple(one != DRUMS for one in self.instruments)

    @property
    def programs(self) -> tuple[int, ...]:
        """The General MIDI program that plays each track."""
        return tuple(PROGRAMS.get(one, min(_programs(one), default=0)) for one in self.instruments)

    def sort(self, song: Sequence[Instrument]) -> list[list[Notes]]:
        """The parts (notes of an instrument) that each track can have; of `rest` one, all merged."""
        taken = [_programs(one) for one in self.instruments]
        parts: list[list[Notes]] = [[] for _ in taken]
        others: list[Notes] = []
        for instrument in song:
            place = self._place(instrument, taken)
            (others if place is None else parts[place]).append(instrument.notes)
        if REST in self.instruments and others:
            parts[self.instruments.index(REST)].append(merge(others))
        return parts

    def _place(self, instrument: Instrument, taken: Sequence[range]) -> int | None:
        """The track that an instrument is for; None for the rest."""
        if instrument.drums:
            return self.instruments.index(DRUMS) if DRUMS in self.instruments else None
        return next((k for k, programs in enumerate(taken) if instrument.program in programs), None)


def part_symbols(parts: list[list[Notes]], ticks: int, holding: Holding) -> list[list[np.ndarray]]:
    """Symbols (ticks,) uint8 of every part of every track."""
    return [[notes_to_symbols(notes, ticks, holding) for notes in of_track] for of_track in parts]


def combinations(counts: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """At most so many ways to take one part of each track, of tracks with these counts of parts.

    >>> combinations([1, 2, 2], 3)
    [(0, 0, 0), (0, 0, 1), (0, 1, 0)]
    """
    return list(islice(product(*map(range, counts)), most))


def _programs(instruments: str) -> range:
    """The programs of `33` or `0-31`; none of drums and of the rest."""
    if instruments in (DRUMS, REST):
        return range(0)
    match = re.fullmatch(r"(\d{1,3})(?:-(\d{1,3}))?", instruments)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if not first <= last <= 127:
        raise CallError(
            f"dataset.tracks: {instruments!r} is no track; say drums, rest, or programs from 0 to 127 (0-31)"
        )
    return range(first, last + 1)

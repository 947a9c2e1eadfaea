"""The symbols of a track: 128 pitches that begin, silence, and the note before held on; one a tick."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

PITCHES = 128
SILENCE, HOLD = 128, 129
SYMBOLS = 130
Holding = Literal["onsets", "published"]


class Notes(NamedTuple):
    """Notes on the grid: `starts`, `ends` (N,) in ticks, ends above starts, and `pitches` (N,) 0…127."""

    starts: np.ndarray
    ends: np.ndarray
    pitches: np.ndarray

    @property
    def ticks(self) -> int:
        """Where the last note ends."""
        return int(self.ends.max(initial=0))


def merge(parts: list[Notes]) -> Notes:
    """The notes of several instruments as those of one track."""
    if not parts:
        return Notes(*(np.zeros(0, np.int64) for _ in range(3)))
    return Notes(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def notes_to_symbols(notes: Notes, ticks: int, holding: Holding = "onsets") -> np.ndarray:
    """Symbols (ticks,) uint8 of a track in which the lowest of the notes that sound together is kept.

    A tick where a note begins, or a lower one ends above another, has its pitch; the ticks in which it sounds
    on are HOLD.

    holding: `published` makes HOLD of every tick that sounds as the one before, as MusAE (Valenti et al.,
      2020, code): a note that is struck again is one long note, and silence after silence is held too.

    >>> notes = Notes(np.array([0, 2, 2]), np.array([2, 4, 3]), np.array([60, 60, 50]))
    >>> notes_to_symbols(notes, 5).tolist(), notes_to_symbols(notes, 6, "published").tolist()
    ([60, 129, 50, 60, 128], [60, 129, 50, 60, 128, 129])
    """
    pitches, onsets = np.full(ticks, SILENCE, np.uint8), np.zeros(ticks, bool)
    for k in np.lexsort((notes.starts, -notes.pitches)):  # the lowest last, over the others
        start, end = notes.starts[k], notes.ends[k]
        pitches[start:end] = notes.pitches[k]
        onsets[start:end] = False
        onsets[start : start + 1] = True
    same = np.zeros(ticks, bool)
    same[1:] = pitches[1:] == pitches[:-1]
    held = same if holding == "published" else same & ~onsets & (pitches != SILENCE)
    return np.where(held, np.uint8(HOLD), pitches)


def sounding(symbols: np.ndarray) -> np.ndarray:
    """The pitch that sounds in each tick, or SILENCE: symbols (..., T) with each HOLD as what it holds.

    >>> sounding(np.array([129, 60, 129, 128, 129])).tolist()
    [128, 60, 60, 128, 128]
    """
    places = np.where(symbols == HOLD, 0, np.arange(symbols.shape[-1]))
    last = np.maximum.accumulate(places, axis=-1)
    found = np.take_along_axis(symbols, last, axis=-1)
    return np.where(found == HOLD, SILENCE, found)


def symbols_to_notes(symbols: np.ndarray) -> Notes:
    """The notes of a track of symbols (T,): from each pitch to the end of the HOLD behind it.

    >>> symbols_to_notes(np.array([60, 129, 128, 62])).ends.tolist()
    [2, 4]
    """
    starts = np.flatnonzero(symbols < PITCHES)
    breaks = np.append(np.flatnonzero(symbols != HOLD), len(symbols))
    ends = breaks[np.searchsorted(breaks, starts, side="right")]
    return Notes(starts, ends, symbols[starts].astype(np.int64))


def longest_silence(symbols: np.ndarray) -> np.ndarray:
    """How many ticks before and with each tick (T,) nothing has sounded, without a break.

    >>> longest_silence(np.array([60, 128, 128, 60, 128])).tolist()
    [0, 1, 2, 0, 1]
    """
    places = np.arange(1, len(symbols) + 1)
    last = np.maximum.accumulate(np.where(sounding(symbols) != SILENCE, places, 0))
    return places - last

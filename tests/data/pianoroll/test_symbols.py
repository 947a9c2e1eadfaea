"""Symbols of tracks: every note that can be kept comes back, and what is lost is what is said."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.data.pianoroll.symbols import (
    HOLD,
    SILENCE,
    Notes,
    longest_silence,
    merge,
    notes_to_symbols,
    sounding,
    symbols_to_notes,
)


def notes(*rows: tuple[int, int, int]) -> Notes:
    return Notes(*np.array(rows, np.int64).reshape(-1, 3).T)


def test_one_voice_comes_back_note_for_note() -> None:
    given = notes((0, 3, 60), (3, 4, 60), (6, 8, 0), (8, 9, 127))
    found = symbols_to_notes(notes_to_symbols(given, 10))
    assert [array.tolist() for array in found] == [array.tolist() for array in given]


def test_random_voices_come_back() -> None:
    rng = np.random.default_rng(0)
    cuts = np.sort(rng.choice(1000, 301, replace=False))
    given = Notes(cuts[:-1:2], cuts[1::2], rng.integers(0, 128, 150))
    found = symbols_to_notes(notes_to_symbols(given, 1000))
    assert all(np.array_equal(a, b) for a, b in zip(given, found, strict=True))


def test_the_lowest_of_a_chord_is_kept() -> None:
    chord = notes((0, 4, 64), (0, 4, 60), (0, 4, 67))
    assert notes_to_symbols(chord, 4).tolist() == [60, HOLD, HOLD, HOLD]


def test_a_higher_note_comes_out_when_a_lower_one_ends() -> None:
    both = notes((0, 4, 67), (1, 2, 60))
    assert notes_to_symbols(both, 4).tolist() == [67, 60, 67, HOLD]


def test_published_holding_makes_one_note_of_a_repeated_one_and_holds_silence() -> None:
    twice = notes((0, 2, 60), (2, 4, 60))
    assert notes_to_symbols(twice, 7, "published").tolist() == [60, HOLD, HOLD, HOLD, SILENCE, HOLD, HOLD]
    assert symbols_to_notes(notes_to_symbols(twice, 7, "published")).starts.tolist() == [0]


@pytest.mark.parametrize("holding", ["onsets", "published"])
def test_what_sounds_is_the_same_in_both_ways_of_holding(holding: str) -> None:
    rng = np.random.default_rng(1)
    starts = rng.integers(0, 180, 60)
    given = Notes(starts, starts + rng.integers(1, 20, 60), rng.integers(40, 80, 60))
    roll = np.zeros((200, 128), bool)
    for start, end, pitch in zip(*given, strict=True):
        roll[start:end, pitch] = True
    lowest = np.where(roll.any(1), roll.argmax(1), SILENCE)
    assert np.array_equal(sounding(notes_to_symbols(given, 200, holding)), lowest)  # type: ignore[arg-type]


def test_silence_is_counted_up() -> None:
    symbols = notes_to_symbols(notes((2, 4, 60)), 8)
    assert longest_silence(symbols).tolist() == [1, 2, 0, 0, 1, 2, 3, 4]


def test_nothing_merged_is_nothing() -> None:
    assert merge([]).ticks == 0
    assert notes_to_symbols(merge([]), 3).tolist() == [SILENCE] * 3

"""Windows of songs: where they begin, which parts they are of, and that no track is silent in them."""

from __future__ import annotations

import numpy as np
import pytest

from disentcli.data.pianoroll.midi_file import LeftOut
from disentcli.data.pianoroll.rendered_songs import render_song
from disentcli.data.pianoroll.symbols import SILENCE, Notes, sounding
from disentcli.data.pianoroll.tracks import Instrument, TrackPlan, combinations
from disentcli.data.pianoroll.windows import WindowOptions, song_windows
from disentcli.errors import CallError


def part(
    program: int, starts: list[int], *, drums: bool = False, length: int = 2, pitch: int = 60
) -> Instrument:
    first = np.array(starts, np.int64)
    return Instrument(program, drums, Notes(first, first + length, np.full(len(starts), pitch)))


EVERY = list(range(0, 64, 8))  # four bars, a note in every half
BAND = [part(0, EVERY, drums=True), part(5, EVERY), part(33, EVERY), part(60, EVERY)]
SHORT = WindowOptions(bars=2)


def test_every_bar_begins_a_window() -> None:
    found = song_windows(BAND, SHORT)
    assert (found.windows - found.windows[:, :1] == found.windows[0] - found.windows[0, 0]).all()
    assert len(found.windows) == 3
    assert not found.dropped["windows with a silent track"]


def test_every_combination_of_instruments_is_used_but_the_rest_is_merged() -> None:
    band = [
        *BAND,
        part(7, EVERY, pitch=50),
        part(38, EVERY),
        part(38, EVERY),
        part(70, EVERY),
        part(80, EVERY),
    ]
    assert len(song_windows(band, SHORT).windows) == 3 * 1 * 2 * 3
    assert len(song_windows(band, WindowOptions(bars=2, combinations=2)).windows) == 3 * 2


def test_a_window_with_a_silent_track_is_dropped() -> None:
    quiet = [one for one in EVERY if not 16 <= one < 36]  # silent from tick 10 to 40
    found = song_windows([*BAND[:3], part(60, quiet)], WindowOptions(bars=1))
    assert found.windows[:, 3].tolist() != found.windows[:, 0].tolist()
    assert len(found.windows) == 3  # bar 1 alone is silent for all of its 16 ticks
    assert found.dropped["windows with a silent track"] == 1


def test_the_rule_of_silence_is_that_of_a_plain_search() -> None:
    rng = np.random.default_rng(0)
    options = WindowOptions(bars=2, silence=9)
    for _ in range(20):
        starts = np.sort(rng.choice(np.arange(0, 158), 25, replace=False)).tolist()
        band = [
            *(part(p, list(range(0, 160, 4)), drums=p == 0) for p in (0, 5, 33)),
            part(60, [*starts, 158]),
        ]
        heard = np.zeros(160, bool)
        for start in [*starts, 158]:
            heard[start : start + 2] = True
        wanted = [
            bar
            for bar in range(9)
            if "." * 9 not in "".join("#" if tick else "." for tick in heard[bar * 16 : bar * 16 + 32])
        ]
        try:
            assert len(song_windows(band, options).windows) == len(wanted)
        except LeftOut:
            assert not wanted


def test_bars_hold_what_sounded_before_them() -> None:
    long = part(5, [0], length=64)
    found = song_windows([BAND[0], long, *BAND[2:]], WindowOptions(bars=1))
    assert [found.bars[first, 0] for first in found.windows[:, 1]] == [60] * 4


@pytest.mark.parametrize(
    ("band", "reason"),
    [
        (BAND[1:], "no drums"),
        ([BAND[0], *BAND[2:]], "no guitar"),
        ([*BAND[:2], BAND[3]], "no bass"),
        (BAND[:3], "no strings"),
        ([part(0, [0], drums=True), part(5, [0]), part(33, [0]), part(60, [0])], "shorter than 2 bars"),
        ([*BAND[:3], part(60, [0])], "silent for 16 ticks in every window"),
    ],
)
def test_songs_without_a_window_say_why(band: list[Instrument], reason: str) -> None:
    with pytest.raises(LeftOut, match=reason):
        song_windows(band, SHORT)


def test_other_tracks_can_be_named() -> None:
    plan = TrackPlan(("rest", "5"))
    assert plan.names == ("strings", "5")
    assert plan.programs == (48, 5)
    assert [len(parts) for parts in plan.sort(BAND)] == [1, 1]
    assert song_windows(BAND, WindowOptions(tracks=("rest", "5"), bars=4)).windows.shape == (1, 2)


@pytest.mark.parametrize("tracks", [(), ("drums", "drums"), ("128",), ("31-0",), ("flute",)])
def test_what_is_no_track_is_refused(tracks: tuple[str, ...]) -> None:
    with pytest.raises(CallError, match=r"dataset\.tracks"):
        WindowOptions(tracks=tracks)


def test_rendered_songs_have_no_silent_track() -> None:
    found = song_windows(render_song("techno", minor=False, rng=np.random.default_rng(0), bars=6), SHORT)
    assert len(found.windows) == 5
    assert (sounding(found.bars[:, 1:]) != SILENCE).any()


def test_combinations_are_those_of_all_parts() -> None:
    assert len(combinations([2, 3, 4], 1000)) == 24

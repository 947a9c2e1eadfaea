"""The windows of songs: which bars of which parts, and where no track is silent for long."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ...errors import CallError
from .midi_file import BEATS, MAX_BARS, LeftOut
from .symbols import Holding, longest_silence, sounding
from .tracks import PUBLISHED, Instrument, TrackPlan, combinations, part_symbols


@dataclass(frozen=True)
class WindowOptions:
    """How songs become windows; the defaults are MusAE's (Valenti et al., 2020).

    tracks: of `TrackPlan`. bars, stride: of a window, and from one to the next. resolution: ticks a beat.
    silence: a window with a track that is silent for so many ticks is dropped; 0 for none.
    combinations: of the parts of a song, at most. holding: of `notes_to_symbols`.
    """

    tracks: tuple[str, ...] = PUBLISHED
    bars: int = 16
    stride: int = 1
    resolution: int = 4
    silence: int = 16
    combinations: int = 100
    holding: Holding = "onsets"

    def __post_init__(self) -> None:
        TrackPlan(self.tracks)
        if not 1 <= self.bars <= MAX_BARS or self.stride < 1 or self.combinations < 1 or self.silence < 0:
            raise CallError(
                "dataset.bars, stride and combinations are 1 or more, silence 0 or more; got "
                f"{self.bars}, {self.stride}, {self.combinations} and {self.silence}"
            )
        if self.resolution not in (1, 2, 3, 4, 6, 8, 12, 24):
            raise CallError(
                f"dataset.resolution is ticks a beat: 1, 2, 3, 4, 6, 8, 12 or 24, not {self.resolution}"
            )

    @property
    def plan(self) -> TrackPlan:
        """The tracks."""
        return TrackPlan(self.tracks)

    @property
    def bar_ticks(self) -> int:
        """Ticks of a bar."""
        return BEATS * self.resolution

    @property
    def ticks(self) -> int:
        """Ticks of a window."""
        return self.bars * self.bar_ticks

    @property
    def shape(self) -> tuple[int, int]:
        """(K, T) of a window: tracks and ticks."""
        return (len(self.tracks), self.ticks)


@dataclass(frozen=True)
class SongWindows:
    """The bars of a song's parts, `bars` (N, 1 + ticks of a bar) uint8: what sounds before, then symbols; and
    the first bar of each track in each window, `windows` (W, K). `dropped` counts windows by reason."""

    bars: np.ndarray
    windows: np.ndarray
    dropped: Counter[str]


def song_windows(song: list[Instrument], options: WindowOptions) -> SongWindows:
    """The windows of a song.

    Raises:
        LeftOut: a track has no instrument, the song is too short, or every window has a silent track.
    """
    parts = options.plan.sort(song)
    for name, of_track in zip(options.plan.names, parts, strict=True):
        if not of_track:
            raise LeftOut(f"no {name}")
    ticks = max(one.notes.ticks for one in song)
    bars = -(-ticks // options.bar_ticks)
    if bars < options.bars:
        raise LeftOut(f"shorter than {options.bars} bars")
    symbols = part_symbols(parts, bars * options.bar_ticks, options.holding)
    chosen = combinations([len(of_track) for of_track in symbols], options.combinations)
    found, total = _open_windows(symbols, chosen, bars, options)
    if not len(found):
        raise LeftOut(f"a track is silent for {options.silence} ticks in every window")
    every = np.concatenate([_bar_rows(part, options.bar_ticks) for of_track in symbols for part in of_track])
    dropped = Counter({"windows with a silent track": total - len(found)})
    used = np.unique(found[..., None] + np.arange(options.bars))
    return SongWindows(every[used], np.searchsorted(used, found), dropped)


def _open_windows(
    symbols: list[list[np.ndarray]], chosen: list[tuple[int, ...]], bars: int, options: WindowOptions
) -> tuple[np.ndarray, int]:
    """The first bars (W, K) of windows without a silent track, of all parts in a row; the count of all."""
    firsts = np.arange(0, bars - options.bars + 1, options.stride)
    audible = [[_audible(part, firsts, options) for part in of_track] for of_track in symbols]
    before = np.cumsum([0, *(len(of_track) for of_track in symbols[:-1])])
    found = [np.empty((0, len(symbols)), np.int64)]
    for choice in chosen:
        whole = np.logical_and.reduce([audible[k][part] for k, part in enumerate(choice)])
        found.append(firsts[whole][:, None] + (before + np.array(choice)) * bars)
    return np.concatenate(found), len(firsts) * len(chosen)


def _audible(part: np.ndarray, firsts: np.ndarray, options: WindowOptions) -> np.ndarray:
    """Whether the windows that begin with these bars are without a silence that is too long."""
    if not options.silence:
        return np.ones(len(firsts), bool)
    least = min(options.silence, options.ticks)
    ends_silence = np.append(0, np.cumsum(longest_silence(part) >= least))
    start = firsts * options.bar_ticks
    return ends_silence[start + options.ticks] == ends_silence[start + least - 1]


def _bar_rows(part: np.ndarray, bar_ticks: int) -> np.ndarray:
    """(bars, 1 + ticks of a bar): what sounds in the first tick, then the symbols."""
    return np.concatenate([sounding(part)[::bar_ticks, None], part.reshape(-1, bar_ticks)], axis=1)

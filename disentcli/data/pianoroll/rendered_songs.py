"""Songs made here by rules, in a few styles: data that need no file, for demonstrations and tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...config.coercion import PositiveInt
from ...errors import CallError
from ...registry import dataset
from ..dataset_info import DatasetInfo
from .dataset import PianorollDataset, Transposition
from .midi_file import write_midi
from .preprocess import gather_songs
from .store import PianorollStore
from .symbols import Notes
from .tracks import Instrument
from .windows import WindowOptions, song_windows

RESOLUTION, BAR = 4, 16  # ticks of a beat and of a bar
KICK, SNARE, HAT, OPEN_HAT, RIDE = 36, 38, 42, 46, 51
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
PROGRESSIONS = ((0, 4, 5, 3), (0, 3, 4, 4), (0, 5, 3, 4), (0, 3, 0, 4))  # degrees of the scale, a bar each
MOST_SONGS = 10_000


class Style(NamedTuple):
    """What songs of a style share: drums, and when the others play, as (tick of a bar, length) pairs."""

    drums: tuple[tuple[int, int], ...]  # tick and drum
    bass: tuple[tuple[int, int], ...]
    guitar: tuple[tuple[int, int], ...]
    strings: tuple[tuple[int, int], ...]
    programs: tuple[int, int, int]  # of guitar, bass and strings


STYLES = {
    "ballad": Style(
        ((0, KICK), (4, RIDE), (8, SNARE), (12, RIDE)),
        ((0, 8), (8, 8)),
        ((0, 4), (4, 4), (8, 4), (12, 4)),
        ((0, 16),),
        (0, 32, 48),
    ),
    "rock": Style(
        tuple((tick, {0: KICK, 4: SNARE, 8: KICK, 12: SNARE}.get(tick, HAT)) for tick in range(0, 16, 2)),
        tuple((tick, 2) for tick in range(0, 16, 2)),
        ((0, 3), (3, 3), (6, 2), (8, 3), (11, 3), (14, 2)),
        ((0, 8), (8, 8)),
        (29, 33, 61),
    ),
    "techno": Style(
        tuple((tick, {0: KICK, 2: OPEN_HAT}.get(tick % 4, HAT)) for tick in range(16)),
        tuple((tick, 1) for tick in range(2, 16, 4)),
        tuple((tick, 1) for tick in range(16)),
        ((0, 6), (6, 6), (12, 4)),
        (5, 38, 81),
    ),
}
TAGS = (*STYLES, "minor")


def render_song(style: str, *, minor: bool, rng: np.random.Generator, bars: int = 24) -> list[Instrument]:
    """Drums, guitar, bass and strings of a song over four chords; key and variations are drawn."""
    plan, scale = STYLES[style], SCALES["minor" if minor else "major"]
    key, progression = int(rng.integers(12)), PROGRESSIONS[int(rng.integers(len(PROGRESSIONS)))]
    roots = [progression[bar % 4] for bar in range(bars)]

    def pitch(degree: int, low: int) -> int:
        """The degree of the scale, in the octave that begins at `low`."""
        return low + (key + scale[degree % 7]) % 12

    def part(rhythm: Sequence[tuple[int, int]], degrees: Sequence[int], low: int) -> Notes:
        """One note at each time of the rhythm, that many degrees above the root."""
        rows = []
        for bar, root in enumerate(roots):
            for start, length in rhythm:
                degree = degrees[int(rng.integers(len(degrees)))] if start else degrees[0]
                rows.append((bar * BAR + start, bar * BAR + start + length, pitch(root + degree, low)))
        return Notes(*np.array(rows, np.int64).T)

    drums = [
        (bar * BAR + tick, bar * BAR + tick + 1, drum) for bar in range(bars) for tick, drum in plan.drums
    ]
    guitar, bass, strings = plan.programs
    return [
        Instrument(0, True, Notes(*np.array(drums, np.int64).T)),
        Instrument(guitar, False, part(plan.guitar, (0, 2, 4), 60)),
        Instrument(bass, False, part(plan.bass, (0, 0, 4), 36)),
        Instrument(strings, False, part(plan.strings, (2, 4), 72)),
    ]


def song_plan(number: int, seed: int) -> tuple[str, bool, np.random.Generator]:
    """The style of a song, whether it is in minor, and what draws the rest."""
    rng = np.random.default_rng([seed, number])
    return list(STYLES)[number % len(STYLES)], bool(rng.integers(2)), rng


def write_songs(folder: Path, count: int, *, seed: int = 0, bars: int = 24) -> list[Path]:
    """So many songs as MIDI files, in a folder for each style."""
    paths = []
    for number in range(count):
        style, minor, rng = song_plan(number, seed)
        path = folder / style / f"song{number:04d}.mid"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_midi(render_song(style, minor=minor, rng=rng, bars=bars)))
        paths.append(path)
    return paths


@dataset("songs")
class Songs(PianorollDataset):
    """Songs made by rules, in the styles ballad, rock and techno, in major and minor; the styles and `minor`
    are tags, 0 or 1.

    count: songs. song_bars: of each. bars, stride: of a window, and between two.
    transposition, val_songs, test_songs: as of `pianoroll`.
    """

    def __init__(
        self,
        *,
        count: PositiveInt = 60,
        song_bars: PositiveInt = 24,
        bars: PositiveInt = 4,
        stride: PositiveInt = 1,
        seed: int = 0,
        transposition: Transposition = "every-step",
        val_songs: float = 0.1,
        test_songs: float = 0.1,
    ) -> None:
        options = WindowOptions(bars=bars, stride=stride)
        _check(count, song_bars, bars)
        tags = [_tags(*song_plan(number, seed)[:2]) for number in range(count)]
        super().__init__(
            "songs",
            _store(count, song_bars, seed, options),
            options,
            transposition=transposition,
            transposition_seed=seed,
            tags=np.array(tags, np.int64),
            tag_names=TAGS,
            val_songs=val_songs,
            test_songs=test_songs,
            source="made by disentcli, rules 1",
        )

    @staticmethod
    def info(
        *, count: PositiveInt, song_bars: PositiveInt, bars: PositiveInt, stride: PositiveInt
    ) -> DatasetInfo:
        """Windows of songs, with their tags."""
        _check(count, song_bars, bars)
        return DatasetInfo(
            title="Songs made by rules",
            shape=WindowOptions(bars=bars, stride=stride).shape,
            count=count * (1 + (song_bars - bars) // stride),
            factor_names=TAGS,
            factor_sizes=(2,) * len(TAGS),
            factor_values=(("no", "yes"),) * len(TAGS),
            licence="CC0",
            citation="Windows as in MusAE: Valenti et al., Style-Aware Music Representations, ECAI 2020",
            obtain="made when loaded",
        )


def _tags(style: str, minor: bool) -> list[int]:
    return [int(tag == style or (tag == "minor" and minor)) for tag in TAGS]


def _check(count: int, song_bars: int, bars: int) -> None:
    if count > MOST_SONGS or not bars <= song_bars <= 1000:
        raise CallError(
            f"dataset.count is {MOST_SONGS:,} at most, dataset.song-bars from dataset.bars to 1,000; got "
            f"{count} songs of {song_bars} bars, in windows of {bars}"
        )


def _store(count: int, song_bars: int, seed: int, options: WindowOptions) -> PianorollStore:
    songs = []
    for number in range(count):
        style, minor, rng = song_plan(number, seed)
        song = render_song(style, minor=minor, rng=rng, bars=song_bars)
        songs.append((f"{style}/{number}", str(number), song_windows(song, options)))
    part = gather_songs(songs, options, Counter())
    made = f"songs-1 {count} {song_bars} {seed} {options.bars} {options.stride}"
    names = tuple(part.names)
    return PianorollStore(part.bars, part.windows, part.songs, names, names, {}, made)

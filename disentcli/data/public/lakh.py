"""The matched subset of the Lakh MIDI dataset as windows of four tracks, tagged by its artists' terms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...atomic_io import read_json, write_atomic
from ...config.coercion import NonNegativeInt, PositiveInt
from ...errors import DisentError
from ...registry import dataset
from ..dataset_info import DatasetInfo
from ..download.source import Source
from ..formats import idx
from ..pianoroll.dataset import PianorollDataset, Transposition, cache_folder
from ..pianoroll.preprocess import open_or_preprocess
from ..pianoroll.song_files import archive_files
from ..pianoroll.symbols import Holding
from ..pianoroll.tracks import PUBLISHED
from ..pianoroll.windows import WindowOptions
from .lakh_source import lakh, most_frequent, read_terms, song_of


@dataset("lakh")
class Lakh(PianorollDataset):
    """The Lakh MIDI dataset, matched subset, as MusAE has it: 16 bars of four tracks, artists' terms as tags.

    The archives stay packed; they are read once, and the windows kept in `root`/cache. Arrangements of one
    song are all in the same part of the split.

    tags: how many of the most frequent terms are factors, 0 or 1. The rest is as of `pianoroll`.
    """

    def __init__(
        self,
        root: str = "local_data",
        *,
        tags: NonNegativeInt = 32,
        tracks: tuple[str, ...] = PUBLISHED,
        bars: PositiveInt = 16,
        stride: PositiveInt = 1,
        resolution: PositiveInt = 4,
        silence: NonNegativeInt = 16,
        combinations: PositiveInt = 100,
        holding: Holding = "onsets",
        transposition: Transposition = "fixed",
        transposition_seed: int = 0,
        val_songs: float = 0.1,
        test_songs: float = 0.1,
        workers: NonNegativeInt | None = None,
    ) -> None:
        source = lakh()
        songs, about = (_archive(Path(root), source, place) for place in range(2))
        options = WindowOptions(tuple(tracks), bars, stride, resolution, silence, combinations, holding)
        store = open_or_preprocess(
            Path(root) / cache_folder(songs, options), archive_files(songs, song_of), options, workers=workers
        )
        values, names = artist_tags(about, store.names, tags)
        super().__init__(
            "lakh",
            store,
            options,
            transposition=transposition,
            transposition_seed=transposition_seed,
            tags=values,
            tag_names=names,
            val_songs=val_songs,
            test_songs=test_songs,
            source=source.homepage,
        )

    @staticmethod
    def info(*, tracks: tuple[str, ...], bars: PositiveInt, resolution: PositiveInt) -> DatasetInfo:
        """Windows of these tracks; how many, and with which tags, only the files know."""
        shape = WindowOptions(tuple(tracks), bars, resolution=resolution).shape
        return replace(lakh().info(), shape=shape, count=None)


def _archive(root: Path, source: Source, place: int) -> Path:
    file = source.files[place]
    there = [root / source.name / name for name in (file.name, idx.plain_name(file))]
    for path in there:
        if path.is_file():
            return path
    raise DisentError(f"{source.title} is not in {root / source.name}: {source.remedy}")


def artist_tags(about: Path, songs: Sequence[str], count: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """Which songs (N, count) have the terms that most of them have, and these terms."""
    terms = _kept_terms(about)
    of_songs = [terms.get(song_of(song), []) for song in songs]
    names = most_frequent(of_songs, count)
    found = np.array([[term in of_song for term in names] for of_song in map(set, of_songs)], np.int64)
    return found.reshape(len(songs), len(names)), names


def _kept_terms(about: Path) -> dict[str, list[str]]:
    """The terms of every track, read from the archive once and then from terms.json beside it."""
    kept, size = about.with_name("terms.json"), about.stat().st_size
    try:
        found = read_json(kept)
        if found["archive"] == [about.name, size]:
            return dict(found["terms"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    terms = read_terms(about)
    write_atomic(kept, json.dumps({"archive": [about.name, size], "terms": terms}))
    return terms

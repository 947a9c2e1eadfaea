"""Windows of songs as a dataset: symbols (K, T) of K tracks and T ticks, of MIDI files of one's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ...config.coercion import NonNegativeInt, PositiveInt
from ...errors import CallError
from ...registry import dataset
from ..counter_rng import integers
from ..custom.factor_csv import read_factor_csv
from ..dataset import Dataset
from ..dataset_info import DatasetInfo
from .preprocess import open_or_preprocess
from .song_files import folder_files
from .store import PianorollStore, key_of
from .symbols import HOLD, PITCHES, Holding
from .tracks import PUBLISHED, TrackPlan
from .windows import WindowOptions

Transposition = Literal["fixed", "every-step", "none"]
LOWEST, SEMITONES = -5, 12  # transpositions go from −5 to +6
OCTAVE = 12
NO_YES = ("no", "yes")  # the values of a tag
TITLE = "MIDI files of your own"


class PianorollDataset(Dataset):
    """Windows of songs: observations are symbols (K, T) as float32, of `symbols.py`: pitches, silence, hold.

    Songs, not windows, are split into training, validation and test: copies of one are never in two parts.

    transposition: of the melodic tracks, by −5…+6 semitones, what leaves 0…127 coming back an octave nearer:
      by `transposition_seed` and the window alone (`fixed`, as published), anew in `every-step` of training,
      or not at all.
    tags: 0 or 1 (songs, tags), the factors, with their names.
    """

    def __init__(
        self,
        name: str,
        store: PianorollStore,
        options: WindowOptions,
        *,
        transposition: Transposition = "fixed",
        transposition_seed: int = 0,
        tags: np.ndarray | None = None,
        tag_names: Sequence[str] = (),
        val_songs: float = 0.1,
        test_songs: float = 0.1,
        source: str = "",
    ) -> None:
        self.options = options
        self.tracks: TrackPlan = options.plan
        self.store = store
        self._transposition: Transposition = transposition
        self._transposition_seed = transposition_seed
        self._first_bars = torch.from_numpy(store.windows.astype(np.int64))
        val, test = split_songs(store, val_songs, test_songs)
        named = f"{store.fingerprint} {transposition} {transposition_seed} {list(tag_names)}".encode()
        told = b"" if tags is None else np.ascontiguousarray(tags).tobytes()
        super().__init__(
            name,
            store.bars,
            options.shape,
            labels=None if tags is None else tags[store.songs],
            factor_names=tag_names,
            factor_sizes=(2,) * len(tag_names),
            factor_values=(NO_YES,) * len(tag_names),
            fingerprint=hashlib.sha256(named + told).hexdigest()[:16],
            source=source,
            val_indices=val,
            test_indices=test,
        )

    def __len__(self) -> int:
        return len(self._first_bars)

    def _batch(self, indices: Tensor, draw_step: int) -> Tensor:
        """Symbols (B, K, T) float32 on `device`, of int64 `indices` (B,)."""
        if self._first_bars.device != indices.device:
            self._first_bars = self._first_bars.to(indices.device)
        bars = torch.arange(self.options.bars, device=indices.device)
        rows = self._rows.gather((self._first_bars[indices][..., None] + bars).flatten())
        rows = rows.view(len(indices), len(self.options.tracks), self.options.bars, -1)
        symbols = rows[..., 1:].flatten(2)
        symbols[..., 0] = torch.where(symbols[..., 0] == HOLD, rows[:, :, 0, 0], symbols[..., 0])
        if self._transposition == "none":
            return symbols.float()
        return transpose(symbols.float(), self._semitones(indices, draw_step), self.tracks.melodic)

    def _semitones(self, indices: Tensor, draw_step: int) -> Tensor:
        """By how many semitones (B,) the windows are transposed."""
        step = draw_step if self._transposition == "every-step" else 0
        drawn = integers(self._transposition_seed, indices, step, [SEMITONES])[:, 0] + LOWEST
        return drawn.to(self.device)


def transpose(symbols: Tensor, semitones: Tensor, melodic: Sequence[bool]) -> Tensor:
    """Symbols (B, K, T) whose pitches are moved by semitones (B,) in the melodic ones of K tracks."""
    move = semitones[:, None, None] * torch.tensor(melodic, device=symbols.device)[:, None]
    moved = symbols + move
    moved = moved + OCTAVE * (moved < 0) - OCTAVE * (moved >= PITCHES)
    return torch.where(symbols < PITCHES, moved, symbols)


def split_songs(store: PianorollStore, val_share: float, test_share: float) -> tuple[np.ndarray, np.ndarray]:
    """The windows of validation and of test songs: shares of the songs, whose order is that of a hash.

    All songs of a group are in one part. A share above 0 has one song at least, where there are three.
    """
    if min(val_share, test_share) < 0 or val_share + test_share >= 1:
        raise CallError(
            f"dataset.val-songs and test-songs are shares of the songs, below 1 in all; got {val_share} and "
            f"{test_share}"
        )
    groups = sorted(set(store.groups), key=lambda group: hashlib.sha256(group.encode()).digest())
    least = 1 if len(groups) >= 3 else 0
    counts = [max(round(share * len(groups)), least if share else 0) for share in (test_share, val_share)]
    test, val = set(groups[: counts[0]]), set(groups[counts[0] : sum(counts)])
    of_window = [store.groups[song] for song in store.songs]
    places = [np.flatnonzero([group in part for group in of_window]) for part in (val, test)]
    return places[0], places[1]


def folder_tags(names: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    """A tag (0 or 1) for each folder that songs lie in, songs outside of all having none."""
    folders = [name.rpartition("/")[0] for name in names]
    tags = tuple(sorted(set(folders) - {""}))
    found = np.array([[folder == tag for tag in tags] for folder in folders], np.int64)
    return found.reshape(len(names), len(tags)), tags


@dataset("pianoroll")
class Pianoroll(PianorollDataset):
    """The songs of a folder of MIDI files and of all folders in it, as windows of a few tracks.

    They are read once and kept in `root`/cache; a changed, new or missing file makes them be read again. What
    cannot be used (broken, empty, not in 4/4, without one of the tracks) is left out, and a table says why.

    Factors are tags, 0 or 1: the columns of the CSV `factors` (the file's name first), or the sub-folders.

    tracks: `drums`, programs of General MIDI (`0-31`), and the `rest`, merged; of the others every
      combination of instruments is used, `combinations` at most.
    bars, stride: of a window, and between two. resolution: ticks of a beat. silence: a window with a track
      silent for so many ticks is dropped. holding: what a note held on is, see `symbols.py`.
    val_songs, test_songs: shares of the songs. workers: processes that read; None for one a core.
    """

    def __init__(
        self,
        path: Path,
        root: str = "local_data",
        *,
        factors: Path | None = None,
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
        path = Path(path)
        options = WindowOptions(tuple(tracks), bars, stride, resolution, silence, combinations, holding)
        files = folder_files(path)
        every, names = song_tags(files.names, factors)
        store = open_or_preprocess(Path(root) / cache_folder(path, options), files, options, workers=workers)
        places = {name: place for place, name in enumerate(files.names)}
        tags = every[[places[name] for name in store.names]]
        super().__init__(
            path.resolve().name,
            store,
            options,
            transposition=transposition,
            transposition_seed=transposition_seed,
            tags=tags,
            tag_names=names,
            val_songs=val_songs,
            test_songs=test_songs,
            source=str(path),
        )

    @staticmethod
    def info(
        *,
        path: Path | None,
        factors: Path | None,
        tracks: tuple[str, ...],
        bars: PositiveInt,
        resolution: PositiveInt,
    ) -> DatasetInfo:
        """Windows of these tracks, with the tags of the files; how many, only the files know."""
        shape = WindowOptions(tuple(tracks), bars, resolution=resolution).shape
        if path is None:
            return DatasetInfo(TITLE, shape, None, obtain="your folder of MIDI files: --path DIR")
        _, names = song_tags(folder_files(Path(path)).names, factors)
        return DatasetInfo(
            f"{TITLE}: {path}",
            shape,
            None,
            factor_names=names,
            factor_sizes=(2,) * len(names),
            factor_values=(NO_YES,) * len(names),
            obtain="your folder, read on first use",
        )


def song_tags(names: Sequence[str], table: Path | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """The tags (songs, tags) of a CSV, else of sub-folders; CallError where a column is not 0 and 1."""
    if table is None:
        return folder_tags(names)
    found = read_factor_csv(Path(table), names)
    for name, size in zip(found.names, found.sizes, strict=True):
        if size not in (1, 2):
            raise CallError(f"{table}: tags are 0 or 1 for each song, the column {name!r} is not")
    values = [
        [_number(of_class, name) for of_class in values]
        for name, values in zip(found.names, found.values, strict=True)
    ]
    columns = [
        np.array(of_tag, np.int64)[found.labels[:, k].astype(np.int64)] for k, of_tag in enumerate(values)
    ]
    return np.stack(columns, axis=1), found.names


def _number(value: object, name: str) -> int:
    if value in (0, 1):
        return int(value)  # type: ignore[call-overload, no-any-return]
    raise CallError(f"tags are 0 or 1, that of {name!r} is {value!r}")


def cache_folder(path: Path, options: WindowOptions) -> str:
    """The folder below dataroot that keeps these windows: one for each folder of files and options."""
    told = f"{path.resolve()} {key_of(options)}".encode("utf-8", "surrogateescape")
    name = re.sub(r"[^\w.+=-]", "", path.resolve().name).lstrip(".") or "songs"
    return f"cache/{name}-{hashlib.sha256(told).hexdigest()[:8]}"

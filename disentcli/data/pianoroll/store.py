"""The folder that keeps windows of songs: bars.npy, windows.npy, songs.npy, songs.json and meta.json.

Bars are bytes, not one-hot, and are kept once, though windows overlap; bars.npy is memory-mapped.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic_io import read_json
from .windows import WindowOptions

SCHEMA = 1


@dataclass(frozen=True)
class PianorollStore:
    """Windows of songs.

    Attributes:
        bars: (N, 1 + ticks of a bar) uint8: what sounds before the bar, then its symbols.
        windows: (W, K) the first bar of each track.
        songs: (W,) which song each is of.
        names, groups: of each song; those of one group are the same song.
        left_out: files by reason.
    """

    bars: np.ndarray
    windows: np.ndarray
    songs: np.ndarray
    names: tuple[str, ...]
    groups: tuple[str, ...]
    left_out: dict[str, int]
    fingerprint: str


def key_of(options: WindowOptions) -> str:
    """What stands for the options in names of folders and in meta.json."""
    return json.dumps(asdict(options), sort_keys=True)


@dataclass(frozen=True)
class Part:
    """The windows of some files, on the way into a store: bars, windows of bars of its own, and songs."""

    bars: np.ndarray
    windows: np.ndarray
    songs: np.ndarray
    names: list[str]
    hashes: list[str]
    reasons: Counter[str]


def write_store(
    folder: Path, parts: Iterator[Part], options: WindowOptions, source: str, about: dict[str, Any]
) -> None:
    """Write the parts one after another into `folder`, which must be empty; one is in memory at a time."""
    tables = _Tables()
    with open(folder / "bars.bytes", "wb") as file:
        for part in parts:
            file.write(np.ascontiguousarray(part.bars).data)
            tables.add(part)
    _as_npy(folder, (tables.bars, 1 + options.bar_ticks))
    tracks = len(options.tracks)
    windows = np.concatenate([np.empty((0, tracks), np.int64), *tables.windows]).astype(np.int32)
    songs = np.concatenate([np.empty(0, np.int64), *tables.songs]).astype(np.int32)
    np.save(folder / "windows.npy", windows)
    np.save(folder / "songs.npy", songs)
    listed = json.dumps({"names": tables.names, "hashes": tables.hashes})
    (folder / "songs.json").write_text(listed, "utf-8")
    meta = {
        "schema": SCHEMA,
        "options": json.loads(key_of(options)),
        "source": source,
        "reasons": dict(tables.reasons),
        "sums": {name: _sum(folder / name) for name in ("bars.npy", "windows.npy", "songs.npy")},
        **about,
    }
    (folder / "meta.json").write_text(json.dumps(meta, indent=1), "utf-8")


class _Tables:
    """What is gathered of all parts."""

    def __init__(self) -> None:
        self.bars = 0
        self.windows: list[np.ndarray] = []
        self.songs: list[np.ndarray] = []
        self.names: list[str] = []
        self.hashes: list[str] = []
        self.reasons: Counter[str] = Counter()

    def add(self, part: Part) -> None:
        """Number the bars and songs of a part on."""
        self.windows.append((part.windows + self.bars).astype(np.int32))
        self.songs.append((part.songs + len(self.names)).astype(np.int32))
        self.bars += len(part.bars)
        self.names += part.names
        self.hashes += part.hashes
        self.reasons += part.reasons


def _as_npy(folder: Path, shape: tuple[int, int]) -> None:
    """Put the header of an NPY file before bars.bytes."""
    mapped = np.lib.format.open_memmap(folder / "bars.npy", "w+", np.uint8, shape) if shape[0] else None
    if mapped is None:
        np.save(folder / "bars.npy", np.empty(shape, np.uint8))
    else:
        flat = mapped.reshape(-1)
        with open(folder / "bars.bytes", "rb") as file:
            done = 0
            while block := file.read(1 << 22):
                flat[done : done + len(block)] = np.frombuffer(block, np.uint8)
                done += len(block)
        mapped.flush()
    (folder / "bars.bytes").unlink()


def _sum(path: Path) -> str:
    found = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 22):
            found.update(block)
    return found.hexdigest()


def open_store(folder: Path, options: WindowOptions, source: str) -> PianorollStore | None:
    """The store, if it is whole and was made of the same files with the same options; else None.

    Its tables are read and checked, the bars are mapped and of the right size.
    """
    try:
        meta = read_json(folder / "meta.json")
        if meta["schema"] != SCHEMA or meta["source"] != source:
            return None
        if meta["options"] != json.loads(key_of(options)):
            return None
        wrong = [name for name in ("windows.npy", "songs.npy") if _sum(folder / name) != meta["sums"][name]]
        bars = np.load(folder / "bars.npy", mmap_mode="r", allow_pickle=False)
        listed = read_json(folder / "songs.json")
        windows, songs = (np.load(folder / name, allow_pickle=False) for name in ("windows.npy", "songs.npy"))
        if wrong or bars.shape[1:] != (1 + options.bar_ticks,) or bars.dtype != np.uint8:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return PianorollStore(
        bars,
        windows,
        songs,
        tuple(listed["names"]),
        tuple(listed["hashes"]),
        meta["reasons"],
        meta["sums"]["bars.npy"][:16],
    )


def join_groups(keys: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name of a group for each song (the least of all that are joined), of songs that share a key.

    >>> join_groups([("a", "x"), ("b", "y"), ("c", "x")])
    ('a', 'b', 'a')
    """
    parent: dict[str, str] = {}

    def find(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for of_song in keys:
        roots = sorted(find(key) for key in of_song)
        for root in roots[1:]:
            parent[root] = roots[0]
    return tuple(find(of_song[0]) for of_song in keys)

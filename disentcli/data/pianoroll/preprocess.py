"""From MIDI files to a store of windows: in parallel, a chunk of files at a time, resumable."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic_io import atomic_file, parse_json, read_json, sync_folder
from ...errors import DisentError
from ..dataset_lock import exclusive
from .midi_file import LeftOut, read_midi, require_symusic
from .song_files import CHUNK, SongFile, SongFiles
from .store import Part, PianorollStore, join_groups, key_of, open_store, write_store
from .windows import SongWindows, WindowOptions, song_windows

log = logging.getLogger(__name__)

AHEAD = 2  # chunks that wait for each worker
IDLE = 60  # seconds after which a process without work ends
CRASHED = "crashed the parser"


def open_or_preprocess(
    folder: Path, files: SongFiles, options: WindowOptions, *, workers: int | None = None
) -> PianorollStore:
    """The store of these files; made where it is missing, or of other files or options.

    One process makes it, others wait. A call that was killed goes on after its last whole chunk of 64 files.

    Args:
        folder: where it is kept.
        files: what it is made of.
        options: how songs become windows.
        workers: processes that read files; None for as many as there are cores, 0 for this one alone.

    Raises:
        DisentError: not one window is left of all files; with a table of the reasons.
    """
    source = f"MIDI files {files.fingerprint}"
    store = open_store(folder, options, source)
    if store is None:
        require_symusic()
        with exclusive(folder):
            store = open_store(folder, options, source)
            if store is None:
                _make(folder, files, options, source, workers)
                store = open_store(folder, options, source)
    if store is None:
        raise DisentError(f"{folder} cannot be read back: is its disk sound?")
    keys = [(digest, files.group(name)) for name, digest in zip(store.names, store.groups, strict=True)]
    return replace(store, groups=join_groups(keys))


def _make(folder: Path, files: SongFiles, options: WindowOptions, source: str, workers: int | None) -> None:
    partial = folder.with_name(f".{folder.name}.partial")
    done = _resume(partial, f"{source} {key_of(options)}")
    _read_all(partial, files, done, options, workers)
    paths = sorted(partial.glob("part-*.npz"))
    whole = partial / "whole"
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    write_store(whole, map(_load_part, paths), options, source, {"others": files.others})
    report = left_out_table(whole)
    if not len(np.load(whole / "windows.npy", mmap_mode="r")):
        shutil.rmtree(partial)
        raise DisentError(f"no window is left of all these files\n{report}")
    log.info("%s", report)
    if folder.exists():
        shutil.rmtree(folder)
    os.replace(whole, folder)
    sync_folder(folder.parent)
    shutil.rmtree(partial)


def _resume(partial: Path, plan: str) -> set[int]:
    """The numbers of the chunks that an interrupted call of the same plan has read."""
    path = partial / "plan.txt"
    if not (path.is_file() and path.read_text("utf-8") == plan):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        path.write_text(plan, "utf-8")
    return {int(part.stem.removeprefix("part-")) for part in partial.glob("part-*.npz")}


def _read_all(
    partial: Path, files: SongFiles, done: set[int], options: WindowOptions, workers: int | None
) -> None:
    """Read every chunk that is not done, and show a bar."""
    from tqdm import tqdm

    first = next(number for number in range(len(done) + 1) if number not in done)
    numbered = enumerate(files.chunks(first), first)
    jobs = ((n, chunk, partial / f"part-{n:06d}.npz") for n, chunk in numbered if n not in done)
    ready = len(done) * CHUNK if files.count is None else min(len(done) * CHUNK, files.count)
    with tqdm(total=files.count, initial=ready, desc="reading songs", unit="files", disable=None) as bar:
        for read in _in_parallel(jobs, options, len(os.sched_getaffinity(0)) if workers is None else workers):
            bar.update(read)


Job = tuple[int, list[SongFile], Path]


def _in_parallel(jobs: Iterator[Job], options: WindowOptions, workers: int) -> Iterator[int]:
    """Read chunks in so many processes, at most twice as many chunks being in memory; files of each chunk."""
    if not workers:
        for _, chunk, path in jobs:
            yield read_chunk(chunk, options, path)
        return
    crashed: list[Job] = []
    waiting: dict[Future[int], Job] = {}
    pool = _pool(workers)
    try:
        for job in jobs:
            try:
                waiting[pool.submit(read_chunk, job[1], options, job[2])] = job
            except BrokenProcessPool:
                crashed.append(job)
                pool = _pool(workers)
            if len(waiting) >= AHEAD * workers:
                yield from _collect(waiting, crashed, FIRST_COMPLETED)
        yield from _collect(waiting, crashed, "ALL_COMPLETED")
    finally:
        pool.shutdown(wait=True, kill_workers=True)
    for _, chunk, path in crashed:
        yield _read_apart(chunk, options, path)


def _collect(waiting: dict[Future[int], Job], crashed: list[Job], when: str) -> Iterator[int]:
    """The results that have come; chunks whose worker has died are noted."""
    for future in wait(waiting, return_when=when).done:
        job = waiting.pop(future)
        try:
            yield future.result()
        except BrokenProcessPool:
            crashed.append(job)


def _pool(workers: int) -> Any:
    """New processes, without the caller's main module; idle ones end, also where the caller was killed."""
    from joblib.externals.loky import ProcessPoolExecutor

    return ProcessPoolExecutor(workers, timeout=IDLE)


def _read_apart(chunk: list[SongFile], options: WindowOptions, path: Path) -> int:
    """Read a chunk of which one file kills its reader, each file in a process of its own."""
    parts = []
    for file in chunk:
        pool = _pool(1)
        try:
            parts.append(pool.submit(_read_files, [file], options).result())
        except BrokenProcessPool:
            parts.append(gather_songs([], options, Counter({CRASHED: 1})))
        finally:
            pool.shutdown(wait=True, kill_workers=True)
    songs = [(name, digest, _one_song(part)) for part in parts for name, digest in _songs_of(part)]
    reasons = sum((part.reasons for part in parts), Counter[str]())
    _save_part(gather_songs(songs, options, reasons), path)
    return len(chunk)


def _songs_of(part: Part) -> Iterator[tuple[str, str]]:
    return zip(part.names, part.hashes, strict=True)


def _one_song(part: Part) -> SongWindows:
    return SongWindows(part.bars, part.windows, Counter())


def read_chunk(chunk: list[SongFile], options: WindowOptions, path: Path) -> int:
    """Read files into a part at `path`; how many."""
    _save_part(_read_files(chunk, options), path)
    return len(chunk)


def _read_files(files: list[SongFile], options: WindowOptions) -> Part:
    songs: list[tuple[str, str, SongWindows]] = []
    reasons: Counter[str] = Counter()
    for file in files:
        try:
            content = file.read()
            found = song_windows(read_midi(content, options.resolution), options)
        except LeftOut as reason:
            reasons[str(reason)] += 1
            continue
        reasons += found.dropped
        songs.append((file.name, hashlib.sha256(content).hexdigest()[:32], found))
    return gather_songs(songs, options, reasons)


def gather_songs(
    songs: list[tuple[str, str, SongWindows]], options: WindowOptions, reasons: Counter[str]
) -> Part:
    """The part of these songs, one after another."""
    before = np.cumsum([0, *(len(song.bars) for _, _, song in songs)])
    windows = [np.empty((0, len(options.tracks)), np.int64)]
    windows += [song.windows + start for (_, _, song), start in zip(songs, before[:-1], strict=True)]
    return Part(
        np.concatenate(
            [np.empty((0, 1 + options.bar_ticks), np.uint8), *(song.bars for _, _, song in songs)]
        ),
        np.concatenate(windows),
        np.repeat(np.arange(len(songs)), [len(song.windows) for _, _, song in songs]),
        [name for name, _, _ in songs],
        [digest for _, digest, _ in songs],
        reasons,
    )


def _save_part(part: Part, path: Path) -> None:
    told = json.dumps({"names": part.names, "hashes": part.hashes, "reasons": part.reasons})
    with atomic_file(path) as file:
        np.savez_compressed(file, bars=part.bars, windows=part.windows, songs=part.songs, told=np.array(told))  # type: ignore[arg-type]


def _load_part(path: Path) -> Part:
    with np.load(path, allow_pickle=False) as file:
        told = parse_json(str(file["told"]))
        return Part(
            file["bars"],
            file["windows"],
            file["songs"],
            told["names"],
            told["hashes"],
            Counter(told["reasons"]),
        )


def left_out_table(folder: Path) -> str:
    """How many songs and windows a store has, and what was left out, by reason, the most frequent first."""
    meta = read_json(folder / "meta.json")
    songs = len(read_json(folder / "songs.json")["names"])
    windows = len(np.load(folder / "windows.npy", mmap_mode="r"))
    reasons = Counter(meta["reasons"])
    if meta["others"]:
        reasons["files of another ending"] = meta["others"]
    lines = [
        f"{songs:9,}  songs with {windows:,} windows",
        *(f"{n:9,}  {why}" for why, n in reasons.most_common()),
    ]
    return "\n".join([lines[0], "left out:", *lines[1:]] if reasons else lines)

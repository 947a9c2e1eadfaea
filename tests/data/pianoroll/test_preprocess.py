"""From MIDI files to a store: bad files cost nothing, a kill is made up for, copies stay in one part."""

from __future__ import annotations

import shutil
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.pianoroll import preprocess
from disentcli.data.pianoroll.dataset import LOWEST, SEMITONES, Pianoroll, folder_tags, transpose
from disentcli.data.pianoroll.preprocess import open_or_preprocess
from disentcli.data.pianoroll.rendered_songs import render_song, song_plan, write_songs
from disentcli.data.pianoroll.song_files import SongFile, archive_files, folder_files
from disentcli.data.pianoroll.store import PianorollStore, open_store
from disentcli.data.pianoroll.symbols import HOLD, PITCHES
from disentcli.data.pianoroll.windows import WindowOptions, song_windows
from disentcli.errors import CallError, DisentError

pytest.importorskip("symusic")

OPTIONS = WindowOptions(bars=2)


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    write_songs(tmp_path / "songs", 6, bars=4)
    return tmp_path / "songs"


def stored(songs: Path, name: str = "store", workers: int = 0) -> PianorollStore:
    return open_or_preprocess(songs.parent / name, folder_files(songs), OPTIONS, workers=workers)


def test_the_store_holds_the_windows_of_every_song(songs: Path) -> None:
    store = stored(songs)
    assert len(store.names) == 6
    assert store.names == tuple(sorted(store.names))
    for number in range(6):
        style, minor, rng = song_plan(number, 0)
        wanted = song_windows(render_song(style, minor=minor, rng=rng, bars=4), OPTIONS)
        place = store.names.index(f"{style}/song{number:04d}.mid")
        found = store.bars[store.windows[store.songs == place]]
        assert np.array_equal(found, wanted.bars[wanted.windows])


def test_processes_make_the_same_store(songs: Path) -> None:
    alone, together = stored(songs), stored(songs, "together", workers=2)
    assert alone.fingerprint == together.fingerprint
    assert np.array_equal(alone.windows, together.windows)


def test_bad_files_are_left_out_with_the_reason_and_nothing_else_is_lost(songs: Path) -> None:
    good = stored(songs)
    (songs / "empty.mid").touch()
    (songs / "picture.mid").write_bytes(b"\x89PNG" + bytes(99))
    (songs / "cut.mid").write_bytes(next(songs.rglob("song*.mid")).read_bytes()[:99])
    (songs / "huge.mid").write_bytes(bytes(4_000_001))
    (songs / "gone.mid").symlink_to(songs / "nothing")
    (songs / "folder.mid").mkdir()
    (songs / "loop").symlink_to(songs)
    (songs / "readme.txt").write_text("no song")
    store = stored(songs)
    assert store.fingerprint == good.fingerprint
    assert Counter(store.left_out) == {
        "empty file": 1,
        "no MIDI file": 1,
        "damaged MIDI file": 1,
        "larger than 4 MB": 1,
        "no ordinary file": 1,
    }


def test_the_table_says_what_was_left_out(songs: Path, caplog: pytest.LogCaptureFixture) -> None:
    (songs / "empty.mid").touch()
    (songs / "readme.txt").touch()
    with caplog.at_level("INFO"):
        stored(songs)
    lines = [line.split(None, 1) for line in caplog.messages[-1].splitlines()]
    assert lines == [
        ["6", "songs with 18 windows"],
        ["left", "out:"],
        ["1", "empty file"],
        ["1", "files of another ending"],
    ]


def test_a_folder_without_one_window_is_an_error_with_the_table(tmp_path: Path) -> None:
    (tmp_path / "songs").mkdir()
    (tmp_path / "songs/empty.mid").touch()
    with pytest.raises(DisentError, match=r"no window is left[\s\S]*1  empty file"):
        stored(tmp_path / "songs")
    with pytest.raises(CallError, match="holds no MIDI file"):
        folder_files(Path(__file__).parent)
    with pytest.raises(CallError, match="there is no folder"):
        folder_files(tmp_path / "other")


def test_a_killed_call_goes_on_where_it_was(songs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("disentcli.data.pianoroll.song_files.CHUNK", 2)
    whole = stored(songs, "whole")
    read, done = preprocess.read_chunk, []

    def killed(chunk: list[SongFile], options: WindowOptions, path: Path) -> int:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(chunk[0].name)
        return read(chunk, options, path)

    monkeypatch.setattr(preprocess, "read_chunk", killed)
    with pytest.raises(KeyboardInterrupt):
        stored(songs)
    later: list[str] = []
    monkeypatch.setattr(preprocess, "read_chunk", lambda c, o, p: later.append(c[0].name) or read(c, o, p))
    assert stored(songs).fingerprint == whole.fingerprint
    assert len(later) == 1
    assert not set(later) & set(done)
    assert not list(songs.parent.glob(".store.partial"))


def test_a_file_that_kills_its_reader_is_left_out_alone(
    songs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Once:
        """A pool whose worker dies of one file."""

        def submit(self, function, files, *rest):  # type: ignore[no-untyped-def]
            from concurrent.futures import Future

            future: Future[object] = Future()
            if any(file.name.endswith("song0003.mid") for file in files):
                future.set_exception(preprocess.BrokenProcessPool())
            else:
                future.set_result(function(files, *rest))
            return future

        def shutdown(self, **_: object) -> None:
            pass

    monkeypatch.setattr(preprocess, "_pool", lambda workers: Once())
    store = stored(songs, workers=1)
    assert len(store.names) == 5
    assert store.left_out == {preprocess.CRASHED: 1}


def test_changed_files_are_read_again_and_the_same_are_not(
    songs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = stored(songs)
    monkeypatch.setattr(preprocess, "_make", lambda *_: pytest.fail("read again"))
    assert stored(songs).fingerprint == first.fingerprint
    monkeypatch.undo()
    next(songs.rglob("song0001.mid")).unlink()
    assert len(stored(songs).names) == 5


def test_a_damaged_store_is_made_again(songs: Path) -> None:
    whole = stored(songs)
    for name in ("windows.npy", "bars.npy", "songs.json", "meta.json"):
        (songs.parent / "store" / name).write_bytes(b"damaged")
        assert (
            open_store(songs.parent / "store", OPTIONS, f"MIDI files {folder_files(songs).fingerprint}")
            is None
        )
        assert stored(songs).fingerprint == whole.fingerprint


def test_an_archive_gives_the_same_store_as_its_folder(songs: Path) -> None:
    with tarfile.open(songs.parent / "songs.tar.gz", "w:gz") as archive:
        for path in sorted(songs.rglob("*.mid")):
            archive.add(path, path.relative_to(songs).as_posix())
    files = archive_files(songs.parent / "songs.tar.gz", lambda name: name.split("/")[0])
    store = open_or_preprocess(songs.parent / "packed", files, OPTIONS, workers=0)
    assert store.fingerprint == stored(songs).fingerprint
    assert len(set(store.groups)) == 3


def test_a_damaged_archive_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "songs.tar.gz").write_bytes(b"\x1f\x8b damaged")
    with pytest.raises(DisentError, match=r"songs\.tar\.gz is damaged"):
        open_or_preprocess(
            tmp_path / "store", archive_files(tmp_path / "songs.tar.gz", str), OPTIONS, workers=0
        )


def dataset(songs: Path, **options: object) -> Pianoroll:
    return Pianoroll(songs, str(songs.parent / "data"), bars=2, workers=0, **options)  # type: ignore[arg-type]


def test_copies_of_a_song_are_all_in_one_part(songs: Path) -> None:
    for path in sorted(songs.rglob("*.mid")):
        shutil.copy(path, path.with_name(f"copy of {path.name}"))
    data = dataset(songs, transposition="none", val_songs=0.3, test_songs=0.3)
    of_song = data.store.songs
    parts = [
        {data.store.groups[song] for song in of_song[places]}
        for places in (data.val_indices, data.test_indices)
    ]
    rest = np.setdiff1d(np.arange(len(data)), np.concatenate([data.val_indices, data.test_indices]))  # type: ignore[list-item]
    parts.append({data.store.groups[song] for song in of_song[rest]})
    assert [len(part) for part in parts] == [2, 2, 2]
    assert len(set.union(*parts)) == 6
    assert len(data) == 2 * 6 * 3


def test_a_batch_is_symbols_and_no_window_begins_with_hold(songs: Path) -> None:
    data = dataset(songs, transposition="none")
    batch = data.batch(torch.arange(len(data)))
    assert batch.shape == (18, 4, 32)
    assert batch.dtype == torch.float32
    assert batch.min() >= 0
    assert batch.max() <= HOLD
    assert (batch[:, :, 0] != HOLD).all()


def test_sub_folders_are_tags(songs: Path) -> None:
    data = dataset(songs)
    assert data.factor_names == ("ballad", "rock", "techno")
    assert data.factors().sum(1).tolist() == [1] * len(data)
    assert folder_tags(["a/x.mid", "y.mid"])[0].tolist() == [[1], [0]]


def test_a_csv_gives_tags(songs: Path) -> None:
    names = [path.relative_to(songs).as_posix() for path in sorted(songs.rglob("*.mid"))]
    table = songs.parent / "tags.csv"
    table.write_text("file,loud,old\n" + "\n".join(f"{name},{k % 2},1" for k, name in enumerate(names)))
    data = dataset(songs, factors=table)
    assert data.factor_names == ("loud", "old")
    assert data.factors().mean(0).tolist() == [0.5, 1.0]
    table.write_text("file,loud\n" + "\n".join(f"{name},{k}" for k, name in enumerate(names)))
    with pytest.raises(CallError, match="tags are 0 or 1"):
        dataset(songs, factors=table)


def test_transposition_is_of_the_window_or_of_the_step(songs: Path) -> None:
    plain, fixed = dataset(songs, transposition="none"), dataset(songs)
    anew = dataset(songs, transposition="every-step")
    places = torch.arange(len(plain))
    moved = fixed.batch(places) - plain.batch(places)
    pitched = plain.batch(places) < PITCHES
    by = [set(moved[k, 1:][pitched[k, 1:]].tolist()) for k in places.tolist()]
    assert all(len(one) == 1 for one in by)
    assert len(set.union(*by)) > 3
    assert set.union(*by) <= set(range(LOWEST, LOWEST + SEMITONES))
    assert (moved[:, 0] == 0).all()
    assert torch.equal(fixed.batch(places, 1), fixed.batch(places, 2))
    assert not torch.equal(anew.batch(places, 1), anew.batch(places, 2))


def test_what_leaves_the_range_comes_back_an_octave_nearer() -> None:
    symbols = torch.tensor([[[2.0, 126.0, 128.0, 129.0]]])
    assert transpose(symbols, torch.tensor([-5]), [True]).tolist() == [[[9.0, 121.0, 128.0, 129.0]]]
    assert transpose(symbols, torch.tensor([6]), [True]).tolist() == [[[8.0, 120.0, 128.0, 129.0]]]
    assert torch.equal(transpose(symbols, torch.tensor([6]), [False]), symbols)

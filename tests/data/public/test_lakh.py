"""Lakh: archives of the published layout, fetched from a host, become windows with artists' terms as tags."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import h5py
import numpy as np
import pytest

from disentcli.data.download.mirrors import apply_mirrors
from disentcli.data.download.pipeline import prepare_dataset
from disentcli.data.download.source import Source
from disentcli.data.download.unformatted import check_unformatted
from disentcli.data.download.verify import WrongFile
from disentcli.data.pianoroll.midi_file import write_midi
from disentcli.data.pianoroll.rendered_songs import render_song, song_plan
from disentcli.data.public.lakh import Lakh
from disentcli.data.public.lakh_source import ABOUT, SONGS, check, lakh, read_terms
from disentcli.errors import DisentError

from ..download.download_host import Host
from ..download.download_samples import SOURCES, Recorder

pytest.importorskip("symusic")

TERMS = {"TRAAA": ["rock", "pop"], "TRAAB": ["rock"], "TRAAC": ["jazz"], "TRAAD": []}
OPTIONS = {"bars": 2, "workers": 0, "tags": 2}


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def song(number: int) -> bytes:
    style, minor, rng = song_plan(number, 0)
    return write_midi(render_song(style, minor=minor, rng=rng, bars=4))


def songs() -> dict[str, bytes]:
    """Two arrangements of each track, one of them broken, as lmd_matched has them."""
    found = {}
    for number, track in enumerate(TERMS):
        folder = f"lmd_matched/A/A/{track[-1]}/{track}"
        found |= {f"{folder}/{k:032x}.mid": song(2 * number + k) for k in range(2)}
        found[f"{folder}/{'f' * 32}.mid"] = b"MThd broken"
    return found


def about() -> dict[str, bytes]:
    """The files of the Million Song Dataset: groups of HDF5, with the terms of the artist."""
    found = {}
    for track, terms in TERMS.items():
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            file.create_dataset("metadata/artist_terms", data=np.array([t.encode() for t in terms], "S256"))
            file.create_dataset("analysis/songs", data=np.zeros(1))
        found[f"lmd_matched_h5/A/A/{track[-1]}/{track}.h5"] = buffer.getvalue()
    return {**found, "lmd_matched_h5/A/A/Z/TRAAZ.h5": b"broken"}


def archives() -> dict[str, bytes]:
    return {SONGS: packed(songs()), ABOUT: packed(about())}


def served(host: Host) -> Source:
    entries = {name: {"urls": [host.url(name)]} for name in (SONGS, ABOUT)}
    return apply_mirrors(SOURCES, {"lakh": {"files": entries}}, "a test")["lakh"]


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    with Host(archives()) as host:
        prepare_dataset(served(host), tmp_path, Recorder().options)
    return tmp_path


def test_the_published_host_is_asked() -> None:
    assert [file.urls for file in lakh().files] == [
        (f"http://hog.ee.columbia.edu/craffel/lmd/{name}",) for name in (SONGS, ABOUT)
    ]


def test_what_was_fetched_becomes_windows_with_tags(fetched: Path) -> None:
    data = Lakh(str(fetched), **OPTIONS)  # type: ignore[arg-type]
    assert data.factor_names == ("rock", "jazz")
    assert len(data.store.names) == 8
    assert data.store.left_out["damaged MIDI file"] == 4
    of_song = {
        name.split("/")[4]: tuple(data.factors()[data.store.songs == k][0])
        for k, name in enumerate(data.store.names)
    }
    assert of_song == {"TRAAA": (1, 0), "TRAAB": (1, 0), "TRAAC": (0, 1), "TRAAD": (0, 0)}
    assert sorted(path.name for path in (fetched / "lakh").iterdir()) == [SONGS, ABOUT, "terms.json"]


def test_all_arrangements_of_a_song_are_in_one_part(fetched: Path) -> None:
    data = Lakh(str(fetched), **OPTIONS)  # type: ignore[arg-type]
    assert len(set(data.store.groups)) == 4
    assert data.test_indices is not None
    names = {data.store.names[song].split("/")[4] for song in data.store.songs[data.test_indices]}
    assert len(names) == 1
    assert len({data.store.songs[k] for k in data.test_indices}) == 2


def test_a_second_call_reads_the_terms_that_were_kept(fetched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Lakh(str(fetched), **OPTIONS)  # type: ignore[arg-type]
    monkeypatch.setattr("disentcli.data.public.lakh.read_terms", lambda _: pytest.fail("read again"))
    assert Lakh(str(fetched), **OPTIONS).factor_names == ("rock", "jazz")  # type: ignore[arg-type]


def test_files_that_are_not_hdf5_have_no_terms(tmp_path: Path) -> None:
    (tmp_path / ABOUT).write_bytes(packed(about()))
    assert read_terms(tmp_path / ABOUT) == {**TERMS, "TRAAZ": []}


def test_fetched_archives_are_checked(fetched: Path) -> None:
    assert check_unformatted(lakh(), fetched / "lakh") == f"{SONGS}, {ABOUT}"
    (fetched / "lakh" / SONGS).write_bytes(b"<html>no archive")
    with pytest.raises(DisentError, match="damaged"):
        check_unformatted(lakh(), fetched / "lakh")


def test_other_archives_are_refused(tmp_path: Path) -> None:
    path = tmp_path / SONGS
    path.write_bytes(packed({"readme.txt": b"no song"}))
    with pytest.raises(WrongFile, match=r"no file called \.mid"):
        check(path, lakh(), lakh().files[0])


def test_without_the_archives_it_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(DisentError, match="fig download-dataset lakh"):
        Lakh(str(tmp_path))

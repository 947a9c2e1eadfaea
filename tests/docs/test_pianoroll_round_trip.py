"""The round trip of pianorolls: what is lost of known notes, and the table of the measured songs."""

from __future__ import annotations

import importlib
import json
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from disentcli.data.pianoroll.midi_file import write_midi
from disentcli.data.pianoroll.symbols import Notes
from disentcli.data.pianoroll.tracks import Instrument

from ..conftest import PROJECT

PROGRAMS = {"drums": 0, "guitar": 25, "bass": 33, "strings": 48}
MELODY = [(0, 4, 60), (4, 8, 62)]  # start, end, pitch
CHORD = [(0, 4, 60), (0, 4, 64)]
OVERLAP = [(0, 8, 70), (2, 4, 60)]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(PROJECT / "benchmarks")
    return importlib.import_module("pianoroll_round_trip")


def write_song(path: Path, tracks: dict[str, list[tuple[int, int, int]]]) -> None:
    song = [
        Instrument(PROGRAMS[name], name == "drums", Notes(*np.array(notes).T))
        for name, notes in tracks.items()
    ]
    path.write_bytes(write_midi(song))


def test_chords_lose_notes_and_ends_add_some(script: ModuleType, tmp_path: Path) -> None:
    pytest.importorskip("symusic")
    song = {"drums": MELODY, "guitar": CHORD, "bass": MELODY, "strings": OVERLAP}
    write_song(tmp_path / "a.mid", song)
    write_song(tmp_path / "b.mid", {**song, "guitar": MELODY})
    write_song(tmp_path / "c.mid", {"bass": MELODY, "guitar": MELODY, "strings": MELODY})
    found, left_out = script.of_folder(tmp_path)
    assert left_out == {"no drums": 1}
    scores = {name: (one.precision, one.recall) for name, one in found.items()}
    assert scores == {
        "drums": (1, 1),
        "guitar": (1, 3 / 4),  # the upper note of the chord is lost
        "bass": (1, 1),
        "strings": (2 / 3, 1),  # the upper note comes out again where the lower one ends
    }
    assert script.result(tmp_path, found, left_out)["used"] == 2


def test_nothing_has_no_share(script: ModuleType) -> None:
    assert math.isnan(script.Agreement().precision)
    assert math.isnan(script.Agreement().recall)


def test_the_table_of_the_paper_is_that_of_the_result(script: ModuleType) -> None:
    stored = json.loads((PROJECT / "benchmarks/results/pianoroll_round_trip.json").read_text())["tracks"]
    counts = ("original", "returned", "same")
    found = {name: script.Agreement(*(row[one] for one in counts)) for name, row in stored.items()}
    assert script.table(found) in (PROJECT / "docs/papers/musae.md").read_text()

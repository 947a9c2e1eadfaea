"""Pictures and MIDI files of pianorolls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from disentcli.data.pianoroll.midi_file import read_midi
from disentcli.data.pianoroll.rendered_songs import Songs
from disentcli.data.pianoroll.symbols import symbols_to_notes
from disentcli.data.pianoroll.tracks import TrackPlan
from disentcli.errors import CallError
from disentcli.plots.image_output import images_path, write_images
from disentcli.plots.midi_output import SongFormat, write_pianorolls
from disentcli.plots.pianoroll_pictures import COLOURS, HIGHEST, LOWEST, as_pictures, pianoroll_picture


def test_a_note_is_a_row_at_its_pitch_darker_where_it_begins() -> None:
    symbols = np.full((2, 8), 128)
    symbols[1, 2:5] = [60, 129, 129]
    picture = pianoroll_picture(symbols)
    assert picture.shape == (3, HIGHEST - LOWEST, 8)
    row = picture[:, HIGHEST - 1 - 60]
    assert np.allclose(row[:, 2], COLOURS[1])
    assert (row[:, 3] > row[:, 2] - 1e-6).all()
    assert (row[:, 3] < 1).any()
    assert (row[:, 5:] == 1).all()


def test_pitches_beyond_the_picture_come_an_octave_nearer() -> None:
    for pitch in (0, 11, 23, 96, 127):
        painted = np.argwhere((pianoroll_picture(np.array([[128, pitch]]))[:, :, 1] < 1).any(0))
        assert len(painted) == 1
        assert (HIGHEST - 1 - int(painted[0, 0])) % 12 == pitch % 12


def test_other_observations_stay_and_what_is_no_number_is_white() -> None:
    images = np.zeros((2, 1, 4, 4))
    assert as_pictures(images) is images
    assert (pianoroll_picture(np.full((4, 8), np.nan)) == 1).all()


def test_songs_are_written_one_after_another_as_they_are(tmp_path: Path) -> None:
    pytest.importorskip("symusic")
    data = Songs(count=3, song_bars=6, transposition="none")
    rolls = data.batch(torch.arange(2)).numpy()
    songs = SongFormat.of(data)
    assert songs == SongFormat(TrackPlan(), 4)
    write_images(tmp_path / "both.mid", [rolls], {}, songs=songs)
    found = read_midi((tmp_path / "both.mid").read_bytes())
    for track, instrument in enumerate(found):
        expected = [symbols_to_notes(roll[track].astype(int)) for roll in rolls]
        starts = np.concatenate([expected[0].starts, expected[1].starts + rolls.shape[2] + 16])
        order = np.lexsort((instrument.notes.pitches, instrument.notes.starts))
        assert np.array_equal(instrument.notes.starts[order], starts)
        assert np.array_equal(
            instrument.notes.pitches[order], np.concatenate([one.pitches for one in expected])
        )
    assert [one.drums for one in found] == [True, False, False, False]


def test_only_pianorolls_are_written_as_midi(tmp_path: Path) -> None:
    out = str(tmp_path / "x.mid")
    assert images_path(out, (4, 64), script="sample", overwrite=False) == Path(out)
    with pytest.raises(CallError, match="no pianorolls"):
        images_path(out, (1, 32, 32), script="sample", overwrite=False)
    write_pianorolls(tmp_path / "empty.mid", [np.full((4, 16), 128)], SongFormat(TrackPlan(), 4))
    assert (tmp_path / "empty.mid").read_bytes().startswith(b"MThd")

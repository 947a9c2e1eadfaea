"""What folders hold beside plain images: unused bits, drawings on nothing, dead links, other kinds."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli.data.custom import readable_images
from disentcli.errors import CallError

from .image_folders import COLOURED, NUMBERED, fill, images, load, refused


def test_unused_bits_are_said_and_can_be_given(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    levels = np.random.default_rng(0).integers(0, 4096, (2, 10, 8)).astype(np.uint16)
    levels[0, 0, 0] = 4095
    fill(place, ["a.png", "b.png"], levels)
    load(place)
    assert "the brightest pixel is 4095 of 65535 levels; --dataset.bits 12" in caplog.text
    caplog.clear()
    data = load(place, bits=12)
    assert np.array_equal(images(data)[..., 0], np.rint(levels / 4095 * 255))
    assert "dark" not in caplog.text
    assert "--dataset.bits must be more" in refused(place, bits=11)
    assert "8 to 16 bits" in refused(place, CallError, bits=40)


def test_bytes_stored_as_32_bits_are_said(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    levels = np.arange(80, dtype=np.int32).reshape(1, 10, 8) * 3
    levels[0, -1, -1] = 255
    fill(place, ["a.tif"], levels)
    load(place)
    assert "--dataset.bits 8" in caplog.text
    assert np.array_equal(images(load(place, bits=8))[..., 0], levels)


def test_a_drawing_on_nothing_is_never_lost(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    drawing = np.zeros((1, 10, 8, 4), np.uint8)
    drawing[0, 2:5, 3:6, 3] = 255
    fill(place, ["a.png"], drawing)
    assert "--dataset.ground white" in refused(place)
    expected = np.full((10, 8), 255)
    expected[2:5, 3:6] = 0
    data = load(place, ground="white", grey=True)
    assert np.array_equal(images(data)[0, ..., 0], expected)
    assert images(load(place, ground="#00ff00"))[0, 0, 0].tolist() == [0, 255, 0]
    assert "no colour" in refused(place, CallError, ground="nowhere")
    assert not caplog.text


def test_a_ground_that_was_not_chosen_is_said(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    pixels = np.full((1, 10, 8, 4), 200, np.uint8)
    fill(place, ["a.png"], pixels)
    fill(place, ["b.png"])
    load(place)
    assert "transparent in 1 of 2 files became black; --dataset.ground" in caplog.text


def test_kinds_that_are_not_read_are_counted_and_named(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(place, NUMBERED)
    for name in ("x.heic", "y.HEIC", "z.avif", "notes.txt", "factors.csv"):
        (place / name).write_bytes(b"")
    with caplog.at_level(logging.WARNING):
        load(place)
    assert "left out, because they are not read: 1 .avif, 2 .heic" in caplog.text
    assert ".txt" not in caplog.text


@pytest.mark.parametrize("kind", ["dead link", "cut", "foreign", "pipe", "program"])
def test_what_cannot_be_read_is_an_error_or_left_out(
    place: Path, kind: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(place, NUMBERED)
    bad = place / "1.png"
    content = bad.read_bytes()
    bad.unlink()
    if kind == "dead link":
        bad.symlink_to(place / "nowhere")
    elif kind == "pipe":
        os.mkfifo(bad)
    elif kind == "program":  # PostScript, which Pillow would have another program execute
        Image.new("L", (10, 8)).save(bad, format="EPS")
    else:
        bad.write_bytes(content[: len(content) // 2] if kind == "cut" else b"<html>")
    message = refused(place)
    assert str(bad) in message
    assert "--dataset.unreadable skip" in message
    assert ("is a link to a file that is not there" in message) == (kind == "dead link")
    (place.parent / "table.csv").write_text(
        "\n".join(["file,n", *(f"{name},{k}" for k, name in enumerate(NUMBERED))])
    )
    for _ in range(2):
        caplog.clear()
        data = load(place, unreadable="skip", factors=place.parent / "table.csv")
        assert np.array_equal(images(data), np.delete(COLOURED, 1, axis=0))
        assert data.factors()[:, 0].tolist() == [0, 2, 3, 4, 5]
        assert "1 of 6 image files cannot be read and are left out: 1.png" in caplog.text
        monkeypatch.setattr(readable_images, "read_image", None)  # known by now


def test_a_mended_file_is_read_again(place: Path) -> None:
    fill(place, NUMBERED)
    (place / "1.png").write_bytes(b"")
    assert len(load(place, unreadable="skip")) == 5
    Image.fromarray(COLOURED[1]).save(place / "1.png")
    assert np.array_equal(images(load(place, unreadable="skip")), COLOURED)


def test_a_folder_of_nothing_readable_is_refused(place: Path) -> None:
    for name in NUMBERED:
        (place / name).write_bytes(b"")
    assert "none of its 6 image files can be read" in refused(place, unreadable="skip")

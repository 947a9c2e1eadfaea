"""Image files that are refused: of odd sizes, damaged, with pixels of other kinds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from disentcli.errors import CallError

from .image_folders import COLOURED, NUMBERED, fill, images, load, refused


def test_the_first_odd_size_is_named(place: Path) -> None:
    fill(place, NUMBERED)
    Image.fromarray(COLOURED[0].transpose(1, 0, 2)).save(place / "2.png")
    message = refused(place)
    assert f"{place / '2.png'} is 10×8 pixels, the files before it 8×10" in message
    assert "--dataset.size N" in message
    assert not list((place.parent / "data" / "cache").iterdir())
    assert load(place, crop=True).shape == (3, 8, 8)


@pytest.mark.parametrize("kind", ["cut", "foreign", "empty"])
def test_damaged_files_are_named(place: Path, kind: str) -> None:
    fill(place, NUMBERED)
    content = (place / "11.png").read_bytes()
    damaged = {"cut": content[: len(content) // 2], "foreign": b"<html>", "empty": b""}[kind]
    (place / "11.png").write_bytes(damaged)
    assert f"{place / '11.png'} is not a whole image file" in refused(place)
    (place / "11.png").write_bytes(content)
    assert np.array_equal(images(load(place)), COLOURED)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.full((10, 8), 0.5, np.float32), "holds floating-point pixels"),
        (np.full((10, 8), 70000, np.int32), "holds pixels up to 70000"),
    ],
)
def test_pixels_of_other_kinds_are_refused(place: Path, pixels: np.ndarray, words: str) -> None:
    fill(place, ["a.tif"], pixels[None])
    message = refused(place)
    assert words in message
    assert "a.tif" in message


def test_folders_without_images_are_refused(place: Path) -> None:
    (place / "notes.txt").write_text("none")
    message = refused(place)
    assert "holds no image file" in message
    assert "1 other files" in message
    assert "there is no folder" in refused(place / "no", CallError)
    assert "d/array" in refused(place / "notes.txt", CallError)
    assert "must be positive" in refused(fill(place, NUMBERED), CallError, size=0)
